"""Engines that are not there, or do not answer."""

import gc
import socket
import time
from pathlib import Path

import pytest

from terminal_gym.errors import BackendUnavailable
from terminal_gym.sandbox.docker import engine

# docker-py leaves the connection of a client that it could not make to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected():
    yield
    gc.collect()


@pytest.fixture
def listening(tmp_path):
    """A socket that takes connections and never says anything."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "mute.sock"))
        server.listen()
        yield f"unix://{tmp_path}/mute.sock"


def why(monkeypatch, host):
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(BackendUnavailable) as caught:
        engine.Engine().api  # noqa: B018
    return caught.value


def test_one_that_hangs_is_not_waited_for_long(monkeypatch, listening):
    monkeypatch.setattr(engine, "_ANSWER_S", 0.2)
    began = time.monotonic()
    error = why(monkeypatch, listening)
    assert time.monotonic() - began < 10
    assert error.message == f"the Docker engine at {listening} does not answer within 0.2 s"
    assert "--backend namespace" in error.remedy


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("unix:///nowhere/docker.sock", "no Docker engine answers at unix:///nowhere/docker.sock"),
        ("tcp://127.0.0.1:1", "no Docker engine answers at tcp://127.0.0.1:1"),
        ("nonsense://x", "DOCKER_HOST is no address of an engine at nonsense://x"),
    ],
)
def test_one_that_is_not_there(monkeypatch, host, message):
    error = why(monkeypatch, host)
    assert error.message == message and error.remedy


def test_no_socket_stays_open_to_one_that_is_not_there(monkeypatch):
    before = len(list(Path("/proc/self/fd").iterdir()))
    error = why(monkeypatch, "unix:///nowhere/docker.sock")
    assert len(list(Path("/proc/self/fd").iterdir())) == before, error


@pytest.mark.docker
def test_requests_to_a_local_engine_look_for_no_proxy(docker_backend, monkeypatch):
    """os.environ, which is searched for one, may be changed by another thread meanwhile."""

    def searched(*_args, **_kwargs):
        raise AssertionError("os.environ was searched")

    here = engine.Engine()
    if not here.api.base_url.startswith("http+docker:"):
        pytest.skip("DOCKER_HOST names an engine elsewhere")
    monkeypatch.setattr("requests.sessions.get_environ_proxies", searched)
    assert here.api.version()["ApiVersion"]
    here.close()
