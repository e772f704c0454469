"""A dead container that somebody else removes: half of its files are no state."""

import os
import threading
from pathlib import Path

import pytest

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import ImageSource, SandboxSpec
from terminal_gym.sandbox.docker.local_sandbox import LocalDockerSandbox

pytestmark = pytest.mark.docker


@pytest.fixture
def two(docker_backend):
    """The agent's container, dead, and a fresh one."""
    image = docker_backend.prepare(ImageSource(image="debian:bookworm-slim"))
    boxes = [docker_backend.start(image, SandboxSpec()) for _ in range(2)]
    if not isinstance(boxes[0], LocalDockerSandbox):
        pytest.skip("the engine is not on this machine")
    boxes[0].write_file("/srv/state", b"mine")
    boxes[0].kill_all()
    yield boxes
    for box in boxes:
        box.close()


def remove(box):
    box.engine.api.remove_container(box._container, force=True)


def test_its_files_are_known_to_be_whole_without_a_word_of_the_engine(two, monkeypatch):
    agent, fresh = two
    if agent._local.whole is None:
        pytest.skip("the engine's folders are not in sight")
    monkeypatch.setattr(agent, "_must_be_known", lambda: pytest.fail("the engine was asked"))
    assert fresh.graft_state(agent, ["/srv"]).missing == []
    assert fresh.read_file("/srv/state") == b"mine"
    remove(agent)
    assert agent._local.whole is False
    with pytest.raises(SandboxFault, match="removed"):
        fresh.graft_state(agent, ["/srv"])


def test_the_engine_is_asked_where_its_folders_are_out_of_sight(two, monkeypatch):
    agent, fresh = two
    monkeypatch.setattr(agent._local, "_goes_first", None)
    assert fresh.graft_state(agent, ["/srv"]).missing == []
    remove(agent)
    with pytest.raises(SandboxFault):
        fresh.graft_state(agent, ["/srv"])


def test_the_engine_tells_before_the_first_file_goes(two):
    _, box = two
    count, incomplete = 20_000, 0
    box.run(["sh", "-c", f"mkdir /srv/many && cd /srv/many && seq {count} | xargs touch"])
    box.kill_all()
    fd = os.open("srv/many", os.O_RDONLY, dir_fd=box._local._root)
    folder = Path(f"/proc/self/fd/{fd}")
    remover = threading.Thread(target=remove, args=[box])
    remover.start()
    try:
        while remover.is_alive():
            if len(list(folder.iterdir())) < count:
                incomplete += 1
                assert not box._local.whole
                with pytest.raises(SandboxFault, match="removed"):
                    box._must_be_known()
    finally:
        remover.join()
        os.close(fd)
    assert incomplete > 0
