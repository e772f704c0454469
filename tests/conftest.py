"""Backends for tests: what is not usable here is skipped with its reason.

TERMINAL_GYM_REQUIRE names backends (with commas between) whose absence is a failure instead.
"""

import gc
import os
import signal

import hypothesis
import pytest
from harbor_environment import python_with_harbor

from terminal_gym.sandbox import get_backend

# A shell that starts the tests in its background has them ignore these.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# On a busy machine the quickest example can wait for a processor longer than hypothesis allows it.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

REQUIRED = set(filter(None, os.environ.get("TERMINAL_GYM_REQUIRE", "").split(",")))


def pytest_collection_modifyitems(items):
    """What takes long goes first: begun last, it would keep one worker when the others are done."""

    def place(item):
        return [item.get_closest_marker(name) is None for name in ("xdist_group", "slow")]

    items.sort(key=place)


def pytest_collection_finish():
    """What is imported by now stays: looking through it for garbage again and again takes time."""
    gc.freeze()


def usable(name):
    """The backend of that name; skips, or fails where it is required."""
    backend = get_backend(name)
    found = backend.check()
    if not found.ok:
        reason = f"{name} backend: {found.detail}"
        pytest.fail(reason) if name in REQUIRED else pytest.skip(reason)
    return backend


@pytest.fixture(
    scope="session", params=["namespace", pytest.param("docker", marks=pytest.mark.docker)]
)
def backend(request):
    return usable(request.param)


@pytest.fixture(scope="session")
def namespace_backend():
    return usable("namespace")


@pytest.fixture(scope="session")
def harbor_python():
    """A Python that has the harbor package; where that is required, it is installed."""
    python, reason = python_with_harbor(may_install="harbor" in REQUIRED)
    if python is None:
        pytest.fail(reason) if "harbor" in REQUIRED else pytest.skip(reason)
    return python


@pytest.fixture(scope="session")
def docker_backend():
    return usable("docker")


@pytest.fixture(scope="session")
def compose_backend(docker_backend):
    """The docker backend, where Docker Compose is installed."""
    found = docker_backend.check_services()
    if not found.ok:
        pytest.fail(found.detail) if "compose" in REQUIRED else pytest.skip(found.detail)
    return docker_backend
