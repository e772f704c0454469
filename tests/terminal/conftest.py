"""Terminals over a real bash: on this machine's PTY, and in a namespace sandbox."""

from __future__ import annotations

import pytest
from local_sandbox import LocalSandbox

from terminal_gym.sandbox.base import ImageSource, SandboxSpec
from terminal_gym.terminal import Terminal


@pytest.fixture(scope="session")
def start_in_namespaces(namespace_backend, tmp_path_factory):
    context = tmp_path_factory.mktemp("image")
    context.joinpath("Dockerfile").write_text("FROM debian:bookworm-slim\nWORKDIR /app\n")
    image = namespace_backend.prepare(ImageSource(context=context))
    return lambda: namespace_backend.start(image, SandboxSpec())


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
