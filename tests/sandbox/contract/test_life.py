import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import SandboxSpec


def host_processes(word):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


def containers():
    backend = get_backend("docker")
    if not backend.check().ok:
        return []
    return backend._engine.api.containers(all=True, filters={"label": "terminal-gym.owner"})


def test_killing_leaves_the_files(box, sh):
    sh(box, "setsid sleep 4716 > /dev/null 2>&1 & echo written > /app/written")
    box.open_pty(["sh", "-c", "trap '' HUP TERM; sleep 4716; sleep 4716"])
    assert box.alive()
    box.kill_all()
    box.kill_all()
    assert not box.alive()
    assert host_processes("4716") == []
    assert box.read_file("/app/written") == b"written\n"
    with pytest.raises(SandboxFault):
        box.run(["true"])


def test_closing_removes_everything(box, sh):
    sh(box, "setsid sleep 4717 > /dev/null 2>&1 & true")
    before = len(containers())
    mounts = len(Path("/proc/self/mountinfo").read_text().splitlines())
    box.close()
    box.close()
    assert host_processes("4717") == []
    assert len(containers()) <= before
    assert len(Path("/proc/self/mountinfo").read_text().splitlines()) <= mounts
    assert not box.alive()
    box.kill_all()


def test_closing_while_a_command_runs(box):
    faults = []

    def work():
        try:
            box.run(["sleep", "4718"], timeout_s=60)
        except SandboxFault as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    while not host_processes("4718"):
        assert thread.is_alive()
    box.close()
    thread.join(20)
    assert not thread.is_alive()
    assert host_processes("4718") == []


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
