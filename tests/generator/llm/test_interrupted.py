"""What ends a run before its time: limits, servers that stay away, keys. It can always go on."""

import pytest
from terminal_gym_generator.gates import run as gates

from terminal_gym.agents import llm_client
from tests.generator.llm.author import Author
from tests.generator.llm.command import generate, records
from tests.model_server import fails, serving

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def one_gate(monkeypatch):
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})
    llm_client._connect.cache_clear()


class Away:
    """A server that answers so many times, and then with the same error."""

    def __init__(self, times, error):
        self.left, self.error, self.author = times, error, Author()

    def __call__(self, body):
        self.left -= 1
        return self.author(body) if self.left >= 0 else self.error


@pytest.mark.slow
def test_a_run_that_spent_its_budget_goes_on_with_more(domain, tmp_path, capsys, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Author()) as server:
        # 120 tokens a call; an estimate for the longest reply that is allowed comes on top.
        assert generate(server, domain, out, "-n", 1, "--budget-tokens", 4000) == 2
        told = capsys.readouterr()
        asked = len(server.requests)
        assert 0 < asked <= 4000 // 120
        assert "the limit of 4,000 tokens" in told.out + told.err
        assert not list(out.glob("*/task.toml"))
        assert generate(server, domain, out, "-n", 1, "--budget-tokens", 200_000) == 0
        assert len(list(out.glob("*/task.toml"))) == 1
        assert len(server.requests) == len(server.distinct) > asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (fails(503, "overloaded"), 3, "no reply in 9 tries"),
        (fails(401, "who is it"), 2, "check the API key"),
    ],
)
def test_a_run_whose_server_went_away_goes_on_later(
    domain, tmp_path, capsys, namespace_backend, error, code, told
):
    out = tmp_path / "out"
    with serving(author=Away(4, error)) as server:
        assert generate(server, domain, out, "-n", 1) == code
        shown = capsys.readouterr()
        assert told in shown.out + shown.err
        assert not records(out)  # the draft is not refused for it
        server.author = Author()
        assert generate(server, domain, out, "-n", 1) == 0
    assert sum(server.whole.values()) == len(server.whole)  # nothing paid twice
    assert len(list(out.glob("*/task.toml"))) == 1


@pytest.mark.slow
def test_the_key_is_nowhere_in_the_output(domain, tmp_path, capsys, monkeypatch, namespace_backend):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    out = tmp_path / "out"
    with serving(fails(401, f"no such key: {KEY}"), author=Author()) as server:
        assert generate(server, domain, out, "-n", 1) == 2
        assert generate(server, domain, out, "-n", 1) == 0
    assert set(server.keys) == {f"Bearer {KEY}"}
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
