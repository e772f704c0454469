import pytest
from sum_bundle import write_bundle


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="session")
def namespace(namespace_backend):
    return namespace_backend.name
