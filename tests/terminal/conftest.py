"""Terminals over a real bash: on this machine's PTY, and in a namespace sandbox."""

from __future__ import annotations

import pytest
from local_sandbox import LocalSandbox

from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import ImageSource, SandboxSpec
from terminal_gym.terminal import Terminal


@pytest.fixture(scope="session")
def start_in_namespaces(tmp_path_factory):
    backend = get_backend("namespace")
    availability = backend.check()
    if not availability.ok:
        pytest.skip(f"no namespaces: {availability.detail}")
    context = tmp_path_factory.mktemp("image")
    context.joinpath("Dockerfile").write_text("FROM debian:bookworm-slim\nWORKDIR /app\n")
    image = backend.prepare(ImageSource(context=context))
    return lambda: backend.start(image, SandboxSpec())


@pytest.fixture(params=["local", "namespace"])
def sandbox(request):
    made = (
        LocalSandbox()
        if request.param == "local"
        else request.getfixturevalue("start_in_namespaces")()
    )
    yield made
    made.close()


@pytest.fixture
def local():
    made = LocalSandbox()
    yield made
    made.close()


@pytest.fixture
def terminal(sandbox):
    made = Terminal(sandbox)
    yield made
    made.close()
