import pytest
from sum_bundle import write_bundle

from terminal_gym.sandbox.cache import locked


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """Holds what is in it back until no other worker of this run is in it."""
    lock = tmp_path_factory.getbasetemp().parent / "bombs.lock"
    return lambda: locked(lock)


@pytest.fixture(scope="session")
def namespace(namespace_backend):
    return namespace_backend.name
