"""Preference pairs: who is set against whom, what is refused, what is dropped."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_episodes import episode
from terminal_gym_trainers.pair_records import (
    Balance,
    PairOptions,
    PreferencePair,
    Strategy,
    read_pairs,
    write_pairs,
)
from terminal_gym_trainers.pair_strategies import STRATEGIES
from terminal_gym_trainers.pairs import make_pairs
from terminal_gym_trainers.pairs_command import BalanceName, StrategyName

from terminal_gym.cli.main import run_cli
from terminal_gym.episodes import EpisodeWriter, FaultRecord
from terminal_gym.errors import RecordingError, UserError


def rewards(pairs: list[PreferencePair]) -> list[tuple[float, float]]:
    return [(p.winner.extra.reward, p.loser.extra.reward) for p in pairs]


def rollouts(*values: float, bundle: str = "task", **extra: object):
    return [
        episode(["ls", f"echo {i}", "exit"], value, bundle=bundle, name=f"{bundle}{i}", **extra)
        for i, value in enumerate(values)
    ]


def test_all_takes_every_two_that_differ():
    made = make_pairs(rollouts(0.0, 1.0, 0.5, 0.5))
    assert sorted(rewards(made.pairs)) == [(0.5, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 0.5)]


def test_best_vs_worst_takes_one_pair_per_task():
    made = make_pairs(
        [*rollouts(0.2, 1.0, 0.5), *rollouts(0.0, 0.9, bundle="other")],
        PairOptions(strategy="best-vs-worst"),
    )
    assert sorted(rewards(made.pairs)) == [(0.9, 0.0), (1.0, 0.2)]


def test_first_goes_by_the_order_of_recording():
    made = make_pairs(rollouts(0.5, 0.5, 0.7, 0.0), PairOptions(strategy="first"))
    assert rewards(made.pairs) == [(0.7, 0.5)]


def test_a_pair_never_spans_two_worlds():
    one, other = rollouts(0.0, bundle="a") + rollouts(1.0, bundle="b")
    changed = episode(["pwd"], 1.0, bundle="a", bundle_digest="another digest")
    made = make_pairs([one, other, changed])
    assert made.pairs == []
    assert made.summary.tasks == 3
    assert made.summary.tasks_without_pair == {"a single episode": 3}


def test_margin_counts_equal_differences_in():
    assert len(make_pairs(rollouts(0.8, 0.75), PairOptions(margin=0.05)).pairs) == 1
    made = make_pairs(rollouts(0.8, 0.76), PairOptions(margin=0.05))
    assert made.summary.tasks_without_pair == {"difference below the margin": 1}


def test_invalid_episodes_are_refused_and_counted():
    broken = [
        episode(["a"], 0.0, valid=False, fault=FaultRecord(type="SandboxFault", message="died")),
        episode(["b"], 0.0, complete=False),
        episode(["c"], None),
        episode(["d"], 0.0, valid=False),
        episode([], 0.0),
    ]
    made = make_pairs([*rollouts(1.0, 0.0), *broken])
    assert rewards(made.pairs) == [(1.0, 0.0)]
    assert made.summary.episodes == 7
    assert made.summary.refused == {
        "fault": 1,
        "interrupted": 1,
        "marked invalid": 1,
        "no action": 1,
        "no reward": 1,
    }


def test_episodes_that_ran_out_of_steps_are_left_out_where_that_is_asked_for():
    circles = episode(["ls"] * 5, 0.0, terminated=False, truncated=True)
    episodes = [*rollouts(1.0, 0.0), circles]
    assert len(make_pairs(episodes).pairs) == 2
    made = make_pairs(episodes, PairOptions(finished=True))
    assert len(made.pairs) == 1 and made.summary.refused == {"ran out of steps": 1}


def test_same_behaviour_counts_once():
    same = [episode(["ls", "exit"], 0.0, name=str(i)) for i in range(3)]
    good = episode(["make"], 1.0)
    made = make_pairs([*same, good])
    assert len(made.pairs) == 1 and made.summary.refused == {"duplicate": 2}
    assert len(make_pairs([*same, good], PairOptions(dedup=False)).pairs) == 3


def test_same_prefix_marks_what_is_shared():
    one = episode(["ls", "cat a", "make", "exit"], 1.0)
    other = episode(["ls", "cat a", "rm a"], 0.0)
    stranger = episode(["pwd", "exit"], 0.0, name="stranger")
    made = make_pairs([one, other, stranger], PairOptions(strategy="same-prefix"))
    [pair] = made.pairs
    assert pair.shared_rounds == 2 and pair.loser.trajectory_id == other.trajectory_id
    assert make_pairs([one, other], PairOptions(strategy="same-prefix", min_shared=3)).pairs == []


def test_same_prefix_leaves_out_a_branch_that_adds_nothing():
    one = episode(["ls", "make"], 1.0)
    other = episode(["ls"], 0.0)
    made = make_pairs([one, other], PairOptions(strategy="same-prefix"))
    assert made.pairs == [] and made.summary.tasks_without_pair == {"no rounds in common": 1}


def test_winners_and_losers_by_agent():
    group = [
        episode(["a"], 1.0, agent="expert"),
        episode(["b"], 0.0, agent="hf"),
        episode(["c"], 0.5, agent="hf"),
    ]
    options = PairOptions(winner_agents=("expert",), loser_agents=("hf",))
    assert sorted(rewards(make_pairs(group, options).pairs)) == [(1, 0), (1, 0.5)]


def test_caps_say_what_they_dropped():
    group = [
        *rollouts(0.0, 1.0, 0.5, bundle="a"),
        *rollouts(0.0, 1.0, 0.5, bundle="b"),
        *rollouts(0.0, 1.0, bundle="c", domain="rare"),
    ]
    made = make_pairs(group, PairOptions(per_task=2))
    assert made.summary.per_task == {"a": 2, "b": 2, "c": 1}
    assert made.summary.dropped == {"cap per task": 2}
    made = make_pairs(group, PairOptions(balance="domain"))
    assert made.summary.per_domain == {"rare": 1, "tests": 1}
    made = make_pairs(group, PairOptions(balance="task"))
    assert made.summary.per_task == {"a": 1, "b": 1, "c": 1}
    made = make_pairs(group, PairOptions(per_domain=3, total=3))
    assert made.summary.pairs == 3
    assert made.summary.dropped == {"cap per domain": 3, "cap of all": 1}


def test_cap_per_episode():
    made = make_pairs(rollouts(1.0, 0.0, 0.1, 0.2), PairOptions(per_episode=1, margin=0.5))
    assert len(made.pairs) == 1


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=7),
    seed=st.integers(0, 3),
    strategy=st.sampled_from(["all", "best-vs-worst", "first", "same-prefix"]),
    per_task=st.one_of(st.none(), st.integers(1, 4)),
)
def test_same_input_and_seed_give_the_same_pairs(values, seed, strategy, per_task):
    options = PairOptions(strategy=strategy, seed=seed, per_task=per_task)
    made, again = (make_pairs(rollouts(*values), options) for _ in range(2))
    assert made == again
    assert all(pair.margin >= options.margin - 1e-9 for pair in made.pairs)
    assert per_task is None or len(made.pairs) <= per_task
    dropped = sum(made.summary.dropped.values())
    assert made.summary.candidates == made.summary.pairs + dropped


def test_another_seed_draws_others():
    group = rollouts(*[i / 10 for i in range(11)])
    drawn = {
        str(rewards(make_pairs(group, PairOptions(per_task=3, seed=seed)).pairs))
        for seed in range(5)
    }
    assert len(drawn) == 5


def test_files_keep_everything_but_raw_output(tmp_path):
    made = make_pairs(rollouts(1.0, 0.0))
    path = tmp_path / "deep" / "pairs.jsonl"
    assert write_pairs(made.pairs, path) == 1
    assert list(read_pairs(path)) == made.pairs
    assert '"raw"' not in path.read_text()


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "pairs.jsonl"
    write_pairs(make_pairs(rollouts(1.0, 0.0)).pairs, path)
    record = json.loads(path.read_text())
    record["winner"], record["loser"] = record["loser"], record["winner"]
    path.write_text(path.read_text() + json.dumps(record) + "\n")
    with pytest.raises(RecordingError, match=r"pairs\.jsonl:2: .*not above the loser's"):
        list(read_pairs(path))
    with pytest.raises(UserError, match="is not a file"):
        list(read_pairs(tmp_path / "missing"))


def test_the_command(tmp_path, capsys):
    recording = tmp_path / "runs.jsonl"
    with EpisodeWriter(recording) as writer:
        for one in [*rollouts(1.0, 0.0, 0.0), episode(["x"], 0.0, complete=False)]:
            writer.write(one)
    out, account = tmp_path / "pairs.jsonl", tmp_path / "account.json"
    code = run_cli(
        ["pairs", str(recording), "-o", str(out), "--summary", str(account), "--per-task", "1"]
    )
    shown = capsys.readouterr().out
    assert code == 0 and len(list(read_pairs(out))) == 1
    assert json.loads(account.read_text())["dropped"] == {"cap per task": 1}
    assert "interrupted" in shown and "cap per task" in shown and "0.7" in shown


def test_the_command_names_a_wrong_option(tmp_path, capsys):
    recording = tmp_path / "runs.jsonl"
    EpisodeWriter(recording).close()
    arguments = ["pairs", str(recording), "-o", str(tmp_path / "p"), "--margin", "0"]
    assert run_cli(arguments) == 2
    assert "--margin" in capsys.readouterr().err


def test_the_command_offers_what_there_is():
    assert {one.value for one in StrategyName} == set(get_args(Strategy)) == set(STRATEGIES)
    assert {one.value for one in BalanceName} == set(get_args(Balance))


def test_pairs_need_no_torch():
    code = (
        "import sys; import terminal_gym_trainers.pairs, terminal_gym_trainers.pairs_command;"
        "print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
