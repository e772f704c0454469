"""The difficulty filter: a model tries finished tasks, and the band decides."""

import json

import pytest
from terminal_gym_generator.gates import run as gates

from terminal_gym.episodes import read_episodes
from tests.generator.llm.author import Author
from tests.generator.llm.command import generate, outcomes
from tests.model_server import fails, says, serving

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def one_gate_and_one_draft(monkeypatch):
    monkeypatch.setattr("terminal_gym_generator.pipeline._MOST_DRAFTS", -19)
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})


class Both(Author):
    """The author, and a solver that does the work in the first `solved` of its attempts."""

    def __init__(self, solved):
        self.solved = solved
        self.episodes = []

    def __call__(self, body):
        return self.solve(body) if body["model"] == "solver" else super().__call__(body)

    def solve(self, body):
        done = sum(message["role"] == "assistant" for message in body["messages"])
        if done == 0:
            self.episodes.append(body)
        command = "exit"
        if done == 0 and len(self.episodes) <= self.solved:
            command = "\n".join(self.work("")["commands"])
        return says(f"```bash\n{command}\n```", usage={"cost": 0.25})


def run(author, domain, out, *options, budget=20):
    with serving(author=author) as server:
        solver = ("--solver", "solver", "--solver-attempts", 4, *options)
        code = generate(server, domain, out, "-n", 1, *solver, "--budget-usd", budget)
    (outcome,) = outcomes(out).values()
    return code, outcome


def test_a_pass_rate_in_the_band_is_kept_and_stored(domain, tmp_path, capsys, namespace_backend):
    out, author = tmp_path / "out", Both(solved=1)
    code, outcome = run(author, domain, out, "--pass-rate", "0.1:0.9")
    assert code == 0
    assert outcome.gates[-1].gate == "difficulty"
    assert outcome.gates[-1].detail == "1 of 4 attempts of solver solve it"
    episodes = list(read_episodes(out / "_attempts" / f"{outcome.draft.id}.jsonl"))
    assert sorted(episode.extra.reward for episode in episodes) == [0, 0, 0, 1]
    cost = [line for line in capsys.readouterr().out.splitlines() if line.startswith("cost: ")]
    paid = 0.25 * sum(len(episode.rounds) for episode in episodes)
    assert cost[0].startswith(f"cost: ${paid:.2f}, ")
    # Nobody tries again.
    assert run(author, domain, out, "--pass-rate", "0.1:0.9") == (0, outcome)
    assert len(author.episodes) == 4


def test_a_pass_rate_outside_of_the_band_is_refused(domain, tmp_path, namespace_backend):
    code, outcome = run(Both(solved=4), domain, tmp_path / "out", "--pass-rate", "0:0.5")
    assert code == 2
    assert outcome.fell_at == "difficulty"
    assert outcome.reason == "4 of 4 attempts of solver solve it; 0% to 50% are wanted"


def test_an_attempt_without_a_verdict_decides_nothing(
    domain, tmp_path, capsys, monkeypatch, namespace_backend
):
    class Gone(Both):
        def solve(self, body):
            return fails(404, "no such model")

    out = tmp_path / "out"
    with serving(author=Gone(0)) as server:
        options = ("-n", 1, "--solver", "solver", "--solver-attempts", 2)
        assert generate(server, domain, out, *options) == 3
    assert "an attempt of solver has no verdict" in capsys.readouterr().err
    assert not outcomes(out)
    lines = [line for p in out.glob("_evidence/*") for line in p.read_text().splitlines()]
    evidence = [json.loads(line) for line in lines]
    assert "attempt" not in {entry["kind"] for entry in evidence}
