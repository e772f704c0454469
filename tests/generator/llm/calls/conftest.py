import pytest
from terminal_gym_generator.llm.calls import Caller, Endpoint


@pytest.fixture(autouse=True)
def own_world(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def caller(tmp_path):
    """Makes callers into one folder; the one before is closed."""
    made = []

    def make(server, limits=None, *, folder=tmp_path / "llm", **options):
        for one in made:
            one.close()
        options = {"stall_s": 5.0, "retries": 3, **options}
        made.append(Caller(Endpoint("tiny", server.url, **options), folder, limits))
        return made[-1]

    yield make
    for one in made:
        one.close()
