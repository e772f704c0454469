"""An engine that goes away in the midst of an episode: a process between us and it is killed."""

import gc
import os
import subprocess
import sys

import pytest
from make_bundle import write_bundle

from terminal_gym import sandbox
from terminal_gym.env import TerminalEnv
from terminal_gym.sandbox import get_backend

# The backend's own path as its name: an instance for this test alone.
DOCKER = "terminal_gym.sandbox.docker.backend:DockerBackend"
PROXY = """
import socket, sys, threading
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)

def pass_on(source, dest):
    while data := source.recv(1 << 16):
        dest.sendall(data)
    dest.shutdown(socket.SHUT_WR)

while True:
    client, _ = server.accept()
    engine = socket.socket(socket.AF_UNIX)
    engine.connect(sys.argv[2])
    for ends in ((client, engine), (engine, client)):
        threading.Thread(target=pass_on, args=ends, daemon=True).start()
"""


@pytest.fixture
def connection(backend, tmp_path, monkeypatch):
    """What stands between us and the engine."""
    path = tmp_path / "engine.sock"
    engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    command = [sys.executable, "-c", PROXY, str(path), engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        monkeypatch.setenv("TERMINAL_GYM_WARM", "0")
        yield process
        process.kill()
    sandbox._instances.pop(DOCKER).close()
    gc.collect()  # docker-py forgets connections that broke; their warnings belong here


pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize("local", ["1", "0"], ids=["in sight", "through the engine only"])
@pytest.mark.parametrize(
    "backend", [pytest.param("docker", marks=pytest.mark.docker)], indirect=True
)
def test_an_engine_that_stops_is_a_fault(
    connection, namespace_backend, tmp_path, monkeypatch, local
):
    monkeypatch.setenv("TERMINAL_GYM_DOCKER_LOCAL", local)
    bundle = write_bundle(tmp_path / "bundle")
    env, other = TerminalEnv(bundle, DOCKER), TerminalEnv(bundle, "namespace")
    env.reset()
    other.reset()
    container = env._sandbox._container
    env.step("touch done")
    try:
        connection.kill()
        connection.wait()
        _, reward, terminated, truncated, info = env.step("exit")
        assert (reward, terminated, truncated) == (0.0, False, True)
        assert (info["valid"], info["end"], info["verdict"]) == (False, "fault", None)
        assert info["fault"]["type"] in ("SandboxFault", "BackendUnavailable"), info["fault"]
        env.close()
        other.step("touch done")
        _, reward, *_, info = other.step("exit")
        assert (reward, info["fault"]) == (1.0, None)
        other.close()
    finally:  # the engine itself never stopped, and nobody could tell it to remove this
        get_backend("docker")._engine.api.remove_container(container, force=True)
