"""Control groups are used where they can be made, by whoever asks."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from terminal_gym.sandbox.namespace import cgroups

# As the launcher runs: one thread, isolated.
PROGRAM = """
import errno, os, sys
sys.path.insert(0, sys.argv[1])
import launcher

def full(group):
    raise BlockingIOError(errno.EAGAIN, "clone3")

if sys.argv[3] == "full":
    launcher.sc.fork_into = full
group = os.open(sys.argv[2], os.O_RDONLY | os.O_DIRECTORY)
pid, to_join = launcher._fork_into([group])
if pid == 0:
    for fd in to_join:
        os.write(fd, b"0")
    with open("/proc/self/cgroup") as file:
        print(len(to_join), file.read().split("0::")[1].strip(), flush=True)
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_what_root_made_is_of_no_use_to_an_ordinary_user():
    if os.geteuid() != 0 or not cgroups.available():
        pytest.skip("needs root, and control groups that it can make")
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            os._exit(int(cgroups.available()))
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def second_version():
    """A group of version 2, which machines whose limits are of version 1 may have, too."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    places = [fields[1] for fields in mounts if fields[2] == "cgroup2"]
    group = Path(*places[:1], f"terminal-gym-test-{uuid.uuid4().hex[:8]}")
    try:
        if not places or os.geteuid() != 0:
            raise PermissionError(group)
        group.mkdir()
    except OSError:
        pytest.skip("needs root, and control groups of version 2 that it can make")
    yield group
    group.rmdir()


@pytest.mark.parametrize(("state", "joins"), [("roomy", 0), ("full", 1)])
def test_a_program_is_born_into_a_group_of_version_2_or_joins_it(second_version, state, joins):
    folder = Path(cgroups.__file__).parent
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, folder, second_version, state]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    name = f"/{second_version.name}"
    assert done.stdout.splitlines() == [f"{joins} {name}", "7"], done.stderr
