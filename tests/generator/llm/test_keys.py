"""API keys: a wrong one ends the run, which goes on with a right one; none is ever written."""

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
def test_a_wrong_key_ends_the_run_and_decides_no_draft(domain, tmp_path, capsys, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Away(4, fails(401, "who is it"))) as server:
        assert generate(server, domain, out, "-n", 1) == 2
        assert "check the API key" in capsys.readouterr().err
        assert not records(out)
        server.author = Author()
        assert generate(server, domain, out, "-n", 1) == 0
    assert max(server.whole.values()) == 1  # nothing paid twice
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
