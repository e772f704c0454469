import gc
import io
import json

import pytest
from make_bundle import TASK, write_bundle

from terminal_gym.episodes import read_episodes


def test_list_as_table_and_as_json(cli, specs):
    write_bundle(specs / "tiny-broken", task="[environment")
    table = cli("--specs", specs, "list", "tiny-*").out
    assert "LiteTerminal/tiny-good-v0" in table and "tests" in table and "2 tasks" in table
    assert "LiteTerminal/tiny-broken-v0 is invalid: " in table
    rows = {row["id"]: row for row in json.loads(cli("list", "tiny-*", "--json").out)}
    good = rows["LiteTerminal/tiny-good-v0"]
    assert (good["domain"], good["difficulty"], good["horizon"]) == ("tests", 1, 2)
    assert "task.toml" in rows["LiteTerminal/tiny-broken-v0"]["error"]


def test_show(cli):
    done = cli("show", "tiny-good")
    assert done.code == 0
    for part in ("Make the file", "graded", "/app", "solve.sh"):
        assert part in done.out


def test_show_an_unknown_task(cli):
    done = cli("show", "tiny-goood")
    assert done.code == 2
    assert "no bundle 'tiny-goood'" in done.err and "did you mean" in done.err


def test_run_records_and_reports(cli, sandboxes, tmp_path):
    out = tmp_path / "new" / "episodes.jsonl"
    done = cli("run", "tiny-*", "-a", "oracle", "-a", "nop", "-n", 2, "--out", out)
    assert done.code == 0, done
    assert "oracle: 2 of 2 solved, mean reward 1.000, 0 faults, on namespace" in done.out
    assert "nop: 0 of 2 solved, mean reward 0.000" in done.out
    assert str(out) in done.out
    assert [e.extra.reward for e in read_episodes(out)].count(1.0) == 2


def test_a_fault_is_no_result_and_the_exit_code_says_so(cli, sandboxes, specs):
    write_bundle(specs / "tiny-faulty", verifier="#!/bin/bash\ntrue\n")
    done = cli("--specs", specs, "run", "tiny-faulty", "tiny-good")
    assert done.code == 3
    assert "tiny-faulty: VerifierFault: the verifier wrote no reward" in done.out
    assert "oracle: 1 of 1 solved, mean reward 1.000, 1 faults" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing-like-it"], "no bundle"),
        (["tiny-good", "--agent", "nobody"], "no agent 'nobody'"),
        (["tiny-good", "--backend", "nowhere"], "no backend 'nowhere'"),
    ],
)
def test_a_run_of_what_is_not_there(cli, arguments, message):
    done = cli("run", *arguments)
    assert done.code == 2 and message in done.err
    assert "remedy:" in done.err


# docker-py leaves the connection of a client that it could not make to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("command", ["run", "cheat", "collect", "validate"])
def test_a_backend_that_does_not_work_is_one_error(cli, monkeypatch, command):
    monkeypatch.setattr("terminal_gym.sandbox._instances", {})  # none that is connected already
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    done = cli(command, "tiny-good" if command != "validate" else ".", "--backend", "docker")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: backend docker: no Docker engine answers at unix:///nowhere.sock\n"
        "remedy: install and start one, or set DOCKER_HOST\n"
    )
    gc.collect()


def test_replay_and_asciinema(cli, sandboxes, tmp_path):
    out = tmp_path / "episodes.jsonl"
    cli("run", "tiny-good", "--out", out)
    done = cli("replay", out)
    assert "touch done" in done.out and "reward 1" in done.out
    cast = tmp_path / "episode.cast"
    assert cli("replay", out, "--episode", 1, "--asciinema", cast).code == 0
    assert json.loads(cast.read_text().splitlines()[0])["version"] == 2
    nowhere = cli("replay", out, "--asciinema", tmp_path)
    assert nowhere.code == 2 and nowhere.err.startswith(f"error: {tmp_path}: Is a directory\n")
    full = cli("replay", out, "--asciinema", "/dev/full")
    assert full.code == 3 and "No space left on device\nremedy: make room" in full.err
    none = cli("replay")
    assert none.code == 2 and "no recording in runs/" in none.err
    (tmp_path / "runs").mkdir()
    out.rename(out := tmp_path / "runs" / out.name)
    assert "touch done" in cli("replay").out
    missing = cli("replay", out, "-e", 7)
    assert missing.code == 2 and "no episode 7" in missing.err
    assert cli("replay", tmp_path / "nowhere.jsonl").code == 2


def test_export_of_what_was_solved(cli, sandboxes, tmp_path):
    out = tmp_path / "episodes.jsonl"
    cli("run", "tiny-good", "--agent", "oracle", "--agent", "nop", "--out", out)
    assert len(list(read_episodes(out))) == 2
    written = tmp_path / "deeper" / "sft.jsonl"
    done = cli("export", out, "--as", "conversations", "--solved", "--out", written)
    assert done.code == 0 and "1 episodes" in done.out
    (line,) = written.read_text().splitlines()
    first, *others = json.loads(line)["conversations"]
    assert first["from"] == "human" and "Make the file" in first["value"]
    assert any(one["from"] == "gpt" and "touch done" in one["value"] for one in others)
    assert cli("export", out, "--as", "messages", "--out", written).code == 0
    assert [json.loads(one)["messages"][0]["role"] for one in written.read_text().splitlines()] == [
        "user",
        "user",
    ]
    assert cli("export", out, "--as", "csv", "--out", written).code == 2


def test_validate_passes_a_good_bundle(cli, sandboxes, specs):
    done = cli("validate", specs)
    assert done.code == 0, done
    [row] = [line.split() for line in done.out.splitlines() if "tiny-good" in line]
    assert row[:2] + row[3:4] + row[6:] == ["tiny-good", "1.00", "3", "0.00", "-"], (
        "one row for both"
    )
    assert "1 of 1 oracle episodes at 1, 1 of 1 nop below 1" in done.out


def test_validate_runs_nothing_where_there_is_nothing(cli, tmp_path):
    done = cli("validate", tmp_path / "nowhere")
    assert (done.code, done.out) == (1, f"FAILED {tmp_path}/nowhere: no such folder\n")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        ({"solution": "touch wrong"}, "its reference solution gets 0"),
        (
            {"verifier": "#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n"},
            "doing nothing solves it",
        ),
        ({"task": TASK + "gpus = 1\n"}, "GPUs cannot be run here"),
        ({"task": "[environment"}, "task.toml"),
    ],
)
def test_validate_says_what_is_wrong(cli, sandboxes, specs, spoil, complaint):
    write_bundle(specs / "tiny-bad", **spoil)
    done = cli("validate", specs)
    assert done.code == 1
    [line] = [line for line in done.out.splitlines() if "FAILED" in line]
    assert "tiny-bad" in line and complaint in line


def test_validate_counts_a_build_that_fails_as_a_fault(cli, sandboxes, specs):
    bundle = write_bundle(specs / "tiny-unbuildable")
    (bundle / "environment/Dockerfile").write_text("FROM debian:bookworm-slim\nRUN exit 7\n")
    done = cli("validate", bundle)
    assert done.code == 3 and "ImageBuildFault" in done.out
    [row] = [
        line.split() for line in done.out.splitlines() if line.startswith(" tiny-unbuildable ")
    ]
    assert row[1:3] + row[-3:] == ["-", "-", "-", "-", "2"]


def test_play(cli, sandboxes, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("touch done\nexit\n"))
    done = cli("play", "tiny-good")
    assert done.code == 0, done
    assert "Make the file" in done.out and "reward 1" in done.out


def test_doctor_names_every_backend(cli):
    done = cli("doctor")
    assert " docker: " in done.out and " namespace: " in done.out
    assert "cache: " in done.out
    assert done.code == (0 if "✓" in done.out else 2)


def test_reap_with_nothing_to_do(cli):
    done = cli("reap")
    assert done.code == 0 and done.out.rstrip().endswith("removed")
