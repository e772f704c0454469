import pytest
from sum_bundle import write_bundle

from terminal_gym.sandbox import get_backend


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="session")
def namespace():
    found = get_backend("namespace").check()
    if not found.ok:
        pytest.skip(f"no namespace sandbox here: {found.detail}")
    return "namespace"
