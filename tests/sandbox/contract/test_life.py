import contextlib
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import SandboxSpec
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.owner import owner_tag


@pytest.fixture
def seconds():
    """A sleep that no other test has, to be found among the host's processes."""
    return f"4700.{secrets.randbelow(10**9):09}"


def host_processes(word):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


def containers():
    """Those of this process."""
    backend = get_backend("docker")
    if not backend.check().ok:
        return []
    label = f"terminal-gym.owner={owner_tag()}"
    found = backend._engine.api.containers(all=True, filters={"label": label})
    return {container["Id"] for container in found}


def our_mounts():
    """The engine's own are left to it: other tests have containers too."""
    return Path("/proc/self/mountinfo").read_text().count("terminal-gym")


def test_killing_leaves_the_files(box, sh, seconds):
    sh(box, f"setsid sleep {seconds} > /dev/null 2>&1 & echo written > /app/written")
    box.open_pty(["sh", "-c", f"trap '' HUP TERM; sleep {seconds}; sleep {seconds}"])
    assert box.alive()
    box.kill_all()
    box.kill_all()
    assert not box.alive()
    assert host_processes(seconds) == []
    assert box.read_file("/app/written") == b"written\n"
    with pytest.raises(SandboxFault):
        box.run(["true"])


def test_closing_removes_everything(box, sh, seconds):
    sh(box, f"setsid sleep {seconds} > /dev/null 2>&1 & true")
    before, mounts = containers(), our_mounts()
    box.close()
    box.close()
    assert host_processes(seconds) == []
    assert our_mounts() <= mounts
    if isinstance(box, DockerSandbox):
        ours = {one for one in before if one.startswith(box.id)}
        assert len(ours) == 1  # and spares, which come and go beside it
        deadline = time.monotonic() + 60  # a busy engine buries a dead container when it can
        while ours & containers():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert not box.alive()
    box.kill_all()


def test_closing_while_a_command_runs(box, seconds):
    faults = []

    def work():
        try:
            box.run(["sleep", seconds], timeout_s=60)
        except SandboxFault as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    while not host_processes(seconds):
        assert thread.is_alive()
    box.close()
    thread.join(20)
    assert not thread.is_alive()
    assert host_processes(seconds) == []


def test_many_at_once(backend, image):
    def episode(number):
        box = backend.start(image, SandboxSpec())
        try:
            box.write_file("/app/n", str(number).encode())
            return int(box.run(["sh", "-c", "sleep 0.1; cat /app/n"]).output)
        finally:
            box.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(episode, range(16))) == list(range(16))


def test_each_has_its_own_id(start):
    assert len({start().id for _ in range(3)}) == 3
