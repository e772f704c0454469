"""The engine's streams on a busy machine: the first output comes with the answer's headers."""

import http.client
import time

import pytest

from terminal_gym.sandbox.base import ImageSource, SandboxSpec

pytestmark = pytest.mark.parametrize(
    "backend", [pytest.param("docker", marks=pytest.mark.docker)], indirect=True
)


@pytest.fixture
def slow_reader(monkeypatch):
    """Answers are read late, when much has come already."""
    begin = http.client.HTTPResponse.begin

    def late(response):
        time.sleep(0.3)
        begin(response)

    return lambda: monkeypatch.setattr(http.client.HTTPResponse, "begin", late)


@pytest.fixture
def box(backend):
    made = backend.start(
        backend.prepare(ImageSource(image="debian:bookworm-slim")), SandboxSpec(hostname="busy")
    )
    yield made
    made.close()


def test_no_output_is_lost(box, slow_reader):
    slow_reader()
    done = box.run(["seq", "1", "300"])
    assert (done.output.split()[0], done.output.split()[-1], done.exit_code) == (b"1", b"300", 0)


def test_a_terminal_loses_nothing_either(box, slow_reader):
    slow_reader()
    pty = box.open_pty(["sh", "-c", "echo first; read -r line; echo last"])
    pty.spawn.expect(rb"first\r\n", timeout=20)
    pty.spawn.send(b"\n")
    pty.spawn.expect(rb"last\r\n", timeout=20)
    pty.close()
