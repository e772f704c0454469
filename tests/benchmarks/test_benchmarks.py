"""The benchmarks measure fairly, and run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.measure import compare, in_turn, quartiles  # noqa: E402
from benchmarks.rivals.floor import Floor  # noqa: E402


def test_contenders_take_turns_and_the_first_round_does_not_count():
    calls = []

    def contender(name, seconds):
        return lambda: (calls.append(name), seconds)[1]

    samples = in_turn({"a": contender("a", 1.0), "b": contender("b", 2.0)}, rounds=9)
    assert samples == {"a": [1.0] * 9, "b": [2.0] * 9}
    rounds = [calls[at : at + 2] for at in range(0, 20, 2)]
    assert ["a", "b"] in rounds and ["b", "a"] in rounds
    assert all(sorted(names) == ["a", "b"] for names in rounds)


def test_ratios_are_of_rounds_and_goals_are_kept_to():
    samples = {"ours": [1.0, 2.0, 30.0], "slow": [30.0, 60.0, 900.0], "quick": [0.5, 1.0, 10.0]}
    goals = {"slow": ("at least", 30.0), "quick": ("at most", 1.9)}
    slow, quick = compare("step", "ours", samples, goals)
    assert (slow.ratio, slow.met) == (pytest.approx(1 / 30), True)
    assert (quick.ratio, quick.met) == (2.0, False)
    assert (quick.value, quick.their_value) == (2000.0, 1000.0)
    assert quartiles([1.0, 2.0, 3.0]) == (1.5, 2.0, 2.5)


def test_the_floor_of_a_reset_is_a_new_shell_each_time_and_leaves_nothing():
    if reason := Floor.available():
        pytest.skip(reason)
    floor = Floor()
    floor.renew()
    first = floor._pid
    floor.renew()
    assert floor._pid != first and not Path(f"/proc/{first}").exists()
    floor.close()
    assert not Path(floor._folder).exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_short_run_prints_and_writes(namespace_backend, tmp_path):
    out = tmp_path / "benchmarks.json"
    command = [sys.executable, "-m", "benchmarks", "memory", "output", "--quick"]
    done = subprocess.run(
        [*command, "--backend", "namespace", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(out.read_text())
    assert {row["group"] for row in report["rows"]} == {"memory", "output"}
    assert all(row["value"] > 0 for row in report["rows"])
