"""A model that writes well: its tasks come out as bundles that pass every gate."""

import json

import pytest
from terminal_gym_generator.gates import ALL_GATES
from terminal_gym_generator.outcome import read_outcome

from terminal_gym.bundle import load_bundle
from tests.generator.llm.author import Author
from tests.generator.llm.command import generate
from tests.model_server import serving


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_good_author_from_end_to_end(domain, tmp_path, capsys, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Author()) as server:
        assert generate(server, domain, out, "-n", 1) == 0
        asked = len(server.requests)
        shown = capsys.readouterr().out
        (bundle,) = [load_bundle(path.parent) for path in out.glob("*/task.toml")]
        outcome = read_outcome(bundle.path)
        assert [gate.gate for gate in outcome.gates] == list(ALL_GATES)
        assert all(gate.ok for gate in outcome.gates)
        assert bundle.config.metadata["terminal_gym"]["engine"] == "llm"
        assert "for each admitted task" in " ".join(shown.split())
        page = (out / "report.html").read_text()
        assert "For each admitted task: $" in page
        assert "engine llm" in page
        assert asked == len(server.distinct)
        # Nothing is left to do, and nothing is asked for again.
        assert generate(server, domain, out, "-n", 1) == 0
        assert len(server.requests) == asked
    kept = [json.loads(path.read_text()) for path in out.glob("_calls/calls/*/*.json")]
    stages = {call["stage"] for call in kept if call["task"] == bundle.name}
    assert stages >= {"feasibility", "instruction", "environment", "solution", "verifier"}
