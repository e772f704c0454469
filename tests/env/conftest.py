import pytest
from make_bundle import write_bundle

from terminal_gym.env import TerminalEnv


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("specs") / "tiny")


@pytest.fixture
def make(backend, tiny):
    """Makes environments on each backend and closes them."""
    made = []

    def go(bundle=tiny, **options):
        made.append(TerminalEnv(bundle, backend=backend.name, **options))
        return made[-1]

    yield go
    for env in made:
        env.close()
