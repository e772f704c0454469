"""Spare containers, and the shell that waits in one: no different from one that is started cold."""

import time
from pathlib import Path

import pytest

from terminal_gym.sandbox.base import ImageSource, Limits, SandboxSpec
from terminal_gym.sandbox.docker.backend import DockerBackend
from terminal_gym.sandbox.docker.local_sandbox import LocalDockerSandbox
from terminal_gym.sandbox.owner import owner_tag

pytestmark = [
    pytest.mark.docker,
    pytest.mark.parametrize("backend", ["docker"], indirect=True),
]
LOOK = "stty -a; stty size; env | sort; pwd; id; cat /proc/self/status | grep -E 'Cap|NoNew|Secc'"


@pytest.fixture
def own(backend, monkeypatch):
    """A backend of our own, with one spare."""
    monkeypatch.setenv("TERMINAL_GYM_WARM", "1")
    made = DockerBackend()
    yield made
    made.close()


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def wait_for_spare(own, *, with_shell=True):
    end = time.monotonic() + 60
    while not any(made.shell or not with_shell for _, made in own._pool._spares):
        assert time.monotonic() < end
        time.sleep(0.02)


def what_a_shell_sees(box):
    pty = box.open_pty(
        ["bash", "--norc"], env={"PS1": "ready> ", "ODD": "a 'b' \"c\"\nd $e"}, cwd="/tmp", rows=33
    )
    pty.spawn.expect_exact(b"ready> ", timeout=30)
    pty.spawn.send(f"{LOOK}; echo en''d\n".encode())
    pty.spawn.expect_exact(b"end\r\n", timeout=30)
    seen = pty.spawn.before
    pty.close()
    return seen.partition(b"\n")  # the echoed line, and the rest


def test_a_waiting_shell_becomes_what_a_cold_one_is(own):
    image = own.prepare(ImageSource(image="debian:bookworm-slim"))
    spec = SandboxSpec(env={"FROM_SPEC": "1"}, limits=Limits(pids=77))
    looks = []
    for _ in range(4):
        box = own.start(image, spec)
        if not isinstance(box, LocalDockerSandbox):
            pytest.skip("the engine is not on this machine")
        was_spare = box._spare is not None
        looks.append((was_spare, what_a_shell_sees(box)))
        assert box.run(["ls", "-A", "/dev/shm"]).output == b""
        box.close()
        if own._interactive and len(looks) >= 3:
            wait_for_spare(own)
    assert [spare for spare, _ in looks] == [False, False, False, True]
    cold, warm = looks[0][1], looks[3][1]
    assert b"stty -a" in cold[0] and b"stty -a" in warm[0]
    assert warm[2] == cold[2]


def test_what_opens_no_terminal_is_replaced_when_it_has_ended(own):
    """A verifier needs the processors itself; an agent's is replaced while the agent thinks."""
    image = own.prepare(ImageSource(image="debian:bookworm-slim"))
    boxes = [own.start(image, SandboxSpec()) for _ in range(3)]
    if not isinstance(boxes[0], LocalDockerSandbox):
        pytest.skip("the engine is not on this machine")
    assert not own._pool._wanted and not own._pool._spares
    boxes[0].close()
    wait_for_spare(own, with_shell=False)
    boxes += [own.start(image, SandboxSpec())]
    assert not own._pool._spares
    for box in boxes:
        box.close()


def containers(own):
    ours = {"label": f"terminal-gym.owner={owner_tag()}"}
    return {found["Id"] for found in own._engine.api.containers(all=True, filters=ours)}


def test_nothing_is_left_of_spares(own):
    image = own.prepare(ImageSource(image="debian:bookworm-slim"))
    before, others = descriptors(), containers(own)
    for _ in range(3):
        box = own.start(image, SandboxSpec())
        box.open_pty(["true"])
        box.close()
    if own._interactive and isinstance(box, LocalDockerSandbox):
        wait_for_spare(own)
    made = containers(own) - others
    own.close()
    assert made and not made & containers(own)
    own._engine.close()
    assert descriptors() <= before
