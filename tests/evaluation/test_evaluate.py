"""Evaluations with real sandboxes and an agent whose rates are known."""

import collections
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from known_rates import KnownRates
from make_bundle import TASK, write_bundle

from terminal_gym.cli.main import run_cli
from terminal_gym.episodes import read_episodes
from terminal_gym.errors import UserError
from terminal_gym.evaluation import (
    compare,
    evaluate,
    load_tasks,
    make_manifest,
    pass_at_k,
    read_manifest,
    read_results,
    refuse_drift,
)

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def world(tmp_path, monkeypatch, namespace_backend):
    monkeypatch.setenv("KNOWN_RATES", str(tmp_path))
    monkeypatch.syspath_prepend(str(HERE))


def bundles(tmp_path, rates):
    for number, rate in enumerate(rates):
        task = TASK.replace("difficulty = 1", f"difficulty = {1 + number % 2}")
        task = task.replace('"tests"', f'"{"even" if number % 2 == 0 else "odd"}"')
        write_bundle(tmp_path / "specs" / f"task{number}-{rate}", task=task)
    return sorted(str(path) for path in (tmp_path / "specs").iterdir())


def begun(tmp_path):
    return collections.Counter((tmp_path / "begun").read_text().splitlines())


def run(paths, folder, *, attempts=4, fault_retries=2, **options):
    tasks, loaded = load_tasks(paths)
    manifest = make_manifest(
        loaded,
        backend="namespace",
        agent="known",
        agent_options=options,
        env_options={},
        attempts=attempts,
        seed=0,
    )
    seen = []
    results = evaluate(
        tasks,
        lambda: KnownRates(**options),
        manifest,
        folder,
        concurrency=4,
        fault_retries=fault_retries,
        on_attempt=seen.append,
    )
    assert len(seen) == len(paths) * attempts, "each attempt is told of once"
    return results


def test_known_rates_come_out_exactly(tmp_path):
    rates = [0, 1, 2, 3, 4, 2]
    results = run(bundles(tmp_path, rates), tmp_path / "run")
    overall = results.overall
    assert (overall.tasks, overall.attempts, overall.solved) == (6, 24, sum(rates))
    for k in (1, 2, 4):
        expected = sum(pass_at_k(4, rate, k) for rate in rates) / 6
        assert overall.pass_at[k].value == pytest.approx(expected)
    assert overall.pass_at[1].low < overall.pass_at[1].value < overall.pass_at[1].high
    assert results.by_domain["even"].solved == 0 + 2 + 4
    assert results.by_difficulty["2"].solved == 1 + 3 + 2
    assert {task.name: task.solved for task in results.tasks} == {
        f"task{number}-{rate}": rate for number, rate in enumerate(rates)
    }
    assert results.faults == []
    assert results.time.verifier_s > 0 and results.time.environment_s > 0
    assert results == read_results(tmp_path / "run")


def test_faults_are_retried_and_stand_apart_from_failures(tmp_path):
    paths = bundles(tmp_path, [2, 1])
    (tmp_path / "fault-task0-2-0").write_text("1")
    (tmp_path / "fault-task1-1-1").write_text("99")
    results = run(paths, tmp_path / "run", attempts=2)
    assert [(f.task, f.attempt, f.retried) for f in results.faults] == [
        ("task0-2", 0, True),
        *[("task1-1", 1, False)] * 3,
    ]
    assert results.faults[0].type == "AgentFault"
    first, second = results.tasks
    assert (first.solved, first.valid) == (2, 2)
    assert (second.solved, second.valid) == (1, 1), "the fault is no failure"
    assert results.overall.pass_at[1].value == 1.0
    assert results.overall.pass_at[2].tasks == 1
    assert results.overall.without_verdict == 1
    (tmp_path / "begun").unlink()
    assert run(paths, tmp_path / "run", attempts=2) == results
    assert not (tmp_path / "begun").exists(), "tries are counted over restarts"
    more = run(paths, tmp_path / "run", attempts=2, fault_retries=3)
    assert begun(tmp_path) == {"task1-1 1": 1}
    assert len(more.faults) == 5


def test_more_attempts_go_on_from_those_that_are_there(tmp_path):
    paths = bundles(tmp_path, [1, 2])
    run(paths, tmp_path / "run", attempts=1)
    results = run(paths, tmp_path / "run", attempts=3)
    assert set(begun(tmp_path).values()) == {1}
    assert results.overall.attempts == 6 and results.overall.solved == 3
    with pytest.raises(UserError, match="begun with 3 attempts"):
        run(paths, tmp_path / "run", attempts=2)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_known_rates_of_sixty_tasks_outlive_a_sigkill(tmp_path):
    """Killed with a third of 240 episodes recorded, it goes on: each attempt counts once."""
    rates = [number % 5 for number in range(60)]
    paths = bundles(tmp_path, rates)
    command = [sys.executable, "-m", "terminal_gym.cli.main", "evaluate", *paths]
    command += ["--agent", "known_rates:KnownRates", "--attempts", "4", "--concurrency", "4"]
    command += ["--backend", "namespace", "--out", str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    recording = tmp_path / "run" / "episodes.jsonl"
    killed = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while not recording.exists() or recording.read_bytes().count(b"\n") < 80:
        assert killed.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    before = recording.read_bytes()
    kept = [episode.extra.seed for episode in read_episodes(recording)]
    assert 80 <= len(kept) < 240
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    whole = before[: before.rindex(b"\n") + 1]
    assert recording.read_bytes().startswith(whole), "what was there stays as it was"
    seeds = [episode.extra.seed for episode in read_episodes(recording)]
    assert seeds[: len(kept)] == kept
    assert len(seeds) == len(set(seeds)) == 240, "none is lost, none counts twice"
    repeated = sum(count - 1 for count in begun(tmp_path).values())
    assert len(begun(tmp_path)) == 240 and repeated <= 4, "only what was open is run again"

    results = read_results(tmp_path / "run")
    assert {task.name: task.solved for task in results.tasks} == {
        f"task{number}-{rate}": rate for number, rate in enumerate(rates)
    }
    overall = results.overall
    assert (overall.attempts, overall.solved, overall.without_verdict) == (240, 120, 0)
    assert overall.pass_at[1].value == 0.5
    assert overall.pass_at[2].value == pytest.approx((0 + 1 / 2 + 5 / 6 + 1 + 1) / 5)
    assert overall.pass_at[4].value == pytest.approx(4 / 5)
    assert results.by_domain["even"].pass_at[1].value == pytest.approx(0.5)
    assert "240/240" in done.stdout and "report:" in done.stdout


def test_the_same_conditions_give_the_same_episodes(tmp_path):
    paths = bundles(tmp_path, [1, 2])
    run(paths, tmp_path / "one", attempts=2)
    run(paths, tmp_path / "two", attempts=2)

    def told(folder):
        episodes = read_episodes(tmp_path / folder / "episodes.jsonl")
        return sorted(
            (
                episode.extra.seed,
                episode.extra.bundle_digest,
                episode.extra.reward,
                [_without_time(step) for step in episode.steps],
            )
            for episode in episodes
        )

    assert told("one") == told("two")


def _without_time(step):
    return step.model_dump(mode="json", exclude={"timestamp": True, "extra": True})


def test_comparison_is_paired(tmp_path, capsys):
    paths = bundles(tmp_path, [1, 2, 2])
    after = run(paths, tmp_path / "after", attempts=2)
    before = run(paths[:2], tmp_path / "before", attempts=2, less=1)
    found = compare(before, after)
    assert found.tasks == 2
    assert found.left_out == ["task2-2: only in B"]
    gain = found.pass_at[1]
    assert (gain.value, gain.low, gain.high) == (0.5, 0.5, 0.5), "the same gain on each task"
    assert found.pass_at[2].value == 0.5
    assert (found.better, found.worse) == (["task0-1", "task1-2"], [])
    assert compare(after, before).pass_at[1].value == -0.5
    assert run_cli(["compare", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    said = capsys.readouterr().out
    assert "pass@1, B - A: +50.0% [+50.0, +50.0]" in said
    assert "2 tasks: B better on 2, worse on 0" in said and "task2-2: only in B" in said
    assert run_cli(["compare", str(tmp_path), str(tmp_path / "after")]) == 2


def test_two_at_once_in_one_folder_are_refused(tmp_path):
    paths = bundles(tmp_path, [1])
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="another evaluation runs"):
            run(paths, tmp_path / "run", attempts=1)
    assert run(paths, tmp_path / "run", attempts=1).overall.solved == 1


def test_drift_is_refused_by_name(tmp_path, capsys):
    paths = bundles(tmp_path, [1, 1])
    run(paths, tmp_path / "run", attempts=1)
    file = tmp_path / "run" / "manifest.json"
    data = json.loads(file.read_text())
    now = read_manifest(file)
    refuse_drift(now, now, where="itself", same_run=True)
    data["package_digest"] = "0" * 64
    data["backend"] = "docker"
    data["tasks"]["task0-1"]["image_digest"] = "other"
    data["tasks"]["task9-9"] = data["tasks"].pop("task1-1")
    (tmp_path / "old.json").write_text(json.dumps(data))
    arguments = [*paths, "--agent", "nop", "--backend", "namespace", "--out", str(tmp_path / "n")]
    code = run_cli(["evaluate", *arguments, "--manifest", str(tmp_path / "old.json")])
    said = capsys.readouterr().err
    assert code == 2
    for part in ("package_digest was", "backend was docker", "image was other", "task9-9 is miss"):
        assert part in said
    assert not (tmp_path / "n").exists()


def test_a_changed_bundle_or_agent_is_another_evaluation(tmp_path):
    paths = bundles(tmp_path, [1])
    run(paths, tmp_path / "run", attempts=1)
    with pytest.raises(UserError, match="agent_options was"):
        run(paths, tmp_path / "run", attempts=1, less=1)
    Path(paths[0], "instruction.md").write_text("Something else.")
    with pytest.raises(UserError, match="task0-1: the bundle was"):
        run(paths, tmp_path / "run", attempts=1)


def test_keys_are_not_written_down(tmp_path):
    _, loaded = load_tasks(bundles(tmp_path, [1]))
    options = {"api_key": "sk-1", "max_tokens": 5}
    manifest = make_manifest(
        loaded,
        backend="namespace",
        agent="llm",
        agent_options=options,
        env_options={},
        attempts=1,
        seed=0,
    )
    assert "sk-1" not in manifest.model_dump_json()
    assert manifest.agent_options["max_tokens"] == 5
