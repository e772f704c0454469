"""The proof's statistics, and a run of it from end to end on tasks of one command."""

from __future__ import annotations

import math

import pytest
from make_bundle import write_bundle
from terminal_gym_trainers.learn import Learn
from terminal_gym_trainers.learn_plan import Plan
from terminal_gym_trainers.learn_stats import (
    Score,
    difference_interval,
    rate_interval,
    table,
    wilson,
)

from terminal_gym.episodes import read_episodes
from terminal_gym.errors import UserError

pytest.importorskip("torch")

# A policy that hardly learned anything is to win and to lose, so that there are pairs.
LENIENT = """\
#!/bin/bash
if [ -e /app/done ]; then echo 1; else echo $((RANDOM % 2)); fi > /logs/verifier/reward.txt
"""
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def score(policy, seed, outcomes, tasks=20):
    solved = {f"t{i}": [one] for i, one in enumerate(outcomes)}
    assert len(solved) == tasks
    return Score(policy=policy, seed=seed, solved=solved, reward=0.5)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_wilson(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_intervals_hold_the_mean_and_shrink():
    def at(count):
        return [
            Score(
                policy="p",
                seed=seed,
                reward=0.5,
                solved={f"t{i}": [i % 2] for i in range(count)},
            )
            for seed in range(3)
        ]

    mean, low, high = rate_interval(at(200))
    assert mean == 0.5 and low < 0.5 < high
    wide = rate_interval(at(20))
    assert wide[2] - wide[1] > 2 * (high - low)


def test_nothing_solved_is_not_certainty():
    for tasks in (16, 20, 48):
        mean, low, high = rate_interval([score("p", 0, [0] * tasks, tasks)])
        assert mean == low == 0.0 and high > 0.05
        mean, low, high = rate_interval([score("p", 0, [1] * tasks, tasks)])
        assert mean == high == 1.0 and low < 0.95


def test_differences_are_paired_by_task():
    before = [score("sft", seed, [1] * 10 + [0] * 10) for seed in range(3)]
    after = [score("dmpo", seed, [1] * 15 + [0] * 5) for seed in range(3)]
    mean, low, high = difference_interval(after, before)
    assert mean == 0.25 and 0 < low < 0.25 < high
    # Unpaired, two independent groups of this size would not be told apart so well.
    assert high - low < 0.45
    same = difference_interval(before, before)
    assert same == (0.0, 0.0, 0.0)


def test_the_table_names_every_policy():
    group = {
        "untrained": [score("untrained", 0, [0] * 20)],
        "sft": [score("sft", 0, [1] * 10 + [0] * 10)],
        "dmpo": [score("dmpo", 0, [1] * 20)],
    }
    text = table(group)
    assert "| sft | 50.0% (" in text and "| dmpo | 100.0% (" in text and "+50.0 (+" in text
    assert "untrained 20, sft 20, dmpo 20; ended by a fault: 0" in text
    assert math.isnan(Score(policy="x", seed=0, solved={}, reward=0).rate)


def test_missing_bundles_are_an_error(tmp_path):
    with pytest.raises(UserError, match="no bundles"):
        Learn(tmp_path, tmp_path / "out", Plan())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_from_end_to_end(namespace_backend, tmp_path):
    for part, count in (("train", 4), ("held_out", 2)):
        for i in range(count):
            write_bundle(tmp_path / part / f"{part}{i}", verifier=LENIENT)
    plan = Plan(
        seeds=(0,),
        layers=2,
        width=64,
        vocabulary=350,
        sft_epochs=12,
        sft_rate=4e-3,
        sft_batch=2,
        preference_batch=2,
        rollouts=6,
        pairs_finished=False,  # with five steps most losers run out of them
        attempts=2,
        untrained_tasks=1,
        max_new_tokens=12,
        max_context=700,
        max_steps=5,
        temperature=1.5,
        concurrency=4,
    )
    learn = Learn(tmp_path, tmp_path / "out", plan, backend="namespace")
    text = learn.run()
    folder = tmp_path / "out" / "seed0"
    for policy in ("untrained", "sft", "winners", "dpo", "dmpo"):
        assert f"| {policy} |" in text
        found_score = Score.model_validate_json((folder / f"{policy}.score.json").read_text())
        recorded = list(read_episodes(folder / f"{policy}.eval.jsonl"))
        assert len(recorded) == len(found_score.outcomes) + found_score.faults > 0
    assert (tmp_path / "out" / "learn.png").stat().st_size > 5000
    # What is done is not done again.
    before = (folder / "log.txt").read_text()
    assert Learn(tmp_path, tmp_path / "out", plan, backend="namespace").run() == text
    assert (folder / "log.txt").read_text() == before
