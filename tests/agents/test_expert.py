"""The expert: the oracle's commands in order, with looks, checks and harmless slips between."""

import re

import pytest
from make_bundle import write_bundle

from terminal_gym.agents import make_agent
from terminal_gym.agents.oracle import OracleAgent
from terminal_gym.bundle import load_bundle
from terminal_gym.evaluation import run_episodes

SOLUTION = """\
# Count the lines.
wc -l notes.txt
sort -u notes.txt > sorted.txt
grep -c a notes.txt
false
echo $? > status
touch done
"""
VERIFIER = r"""#!/bin/bash
cd /app; r=0
[ -e done ] && [ "$(cat status)" = 1 ] && [ "$(cat sorted.txt)" = $'a\nb' ] && r=1
echo $r > /logs/verifier/reward.txt
"""


@pytest.fixture
def bundle(tmp_path):
    folder = write_bundle(tmp_path / "counted", solution=SOLUTION)
    (folder / "environment/Dockerfile").write_text(
        "FROM debian:bookworm-slim\nWORKDIR /app\nCOPY notes.txt /app/\n"
    )
    (folder / "environment/notes.txt").write_text("a\nb\na\n")
    (folder / "tests/test.sh").write_text(VERIFIER)
    return folder


def play(agent, bundle, seed):
    """What the agent types where nothing keeps running."""
    seen = {"instruction": "", "output": "", "exit_code": 0, "cwd": "/app", "running": 0}
    agent.reset(seen, {"bundle_path": str(bundle), "bundle": "counted", "seed": seed})
    typed = []
    while not typed or typed[-1] != "exit":
        typed.append(agent.act(seen))
        assert len(typed) < 100
    return typed


def test_the_solution_is_all_there_and_in_order(bundle):
    plain = play(OracleAgent(), bundle, 0)
    for seed in range(20):
        typed = iter(play(make_agent("expert", looks=1, checks=1, errs=1), bundle, seed))
        assert all(command in typed for command in plain)  # consumes: a subsequence


def test_it_looks_and_checks_and_slips(bundle):
    typed = play(make_agent("expert", looks=1, checks=1, errs=1), bundle, 1)
    text = "\n".join(typed)
    assert typed[0] in ("ls -la", "pwd; ls", "ls", "ls -l; pwd")
    assert re.search(r"^(head -n 5|ls -l|wc -l) notes.txt$", text, re.M)
    assert re.search(r"^(tail -n 5|wc -l|ls -l) sorted.txt$", text, re.M)
    plain = play(OracleAgent(), bundle, 1)
    assert len(typed) > len(plain) + 4
    # Nothing comes between a command and the one that reads its exit status.
    assert typed[typed.index("false") + 1] == "echo $? > status"


def test_without_additions_only_the_first_look_is_added(bundle):
    typed = play(make_agent("expert", looks=0, checks=0, errs=0), bundle, 3)
    assert typed[1:] == play(OracleAgent(), bundle, 3)


def test_the_seed_decides(bundle):
    one, again, other = (play(make_agent("expert", errs=0.5), bundle, seed) for seed in (5, 5, 6))
    assert one == again
    assert one != other or one != play(make_agent("expert", errs=0.5), bundle, 7)


@pytest.mark.parametrize("seed", range(3))
def test_it_still_solves_the_task(namespace_backend, bundle, tmp_path, seed):
    assert load_bundle(bundle).solution_script

    def agent():
        return make_agent("expert", looks=1, checks=1, errs=1)

    [result] = run_episodes(
        [str(bundle)], agent, backend="namespace", out=tmp_path / "e.jsonl", seed=seed
    )
    assert result.solved, result
