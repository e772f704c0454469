"""The suite itself: it finds what is broken, and says so."""

import subprocess
from pathlib import Path

import pytest
from sum_bundle import write_bundle

from terminal_gym.cheats import find_cheats, run_cheats
from terminal_gym.cheats.watch import HostWatch
from terminal_gym.cli.main import run_cli
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import UserError


def problems(bundle, *names):
    return {one.cheat: one.problems for one in run_cheats(bundle, backend="namespace", names=names)}


def test_a_verifier_that_runs_the_agents_program_as_root_is_caught(tmp_path, namespace):
    weak = write_bundle(tmp_path / "weak", careful=False)
    found = problems(weak, "programs-that-forge", "reward-text")
    assert found["programs-that-forge"] == ["earned 1, doing nothing 0"]
    assert found["reward-text"] == []


def test_a_file_system_shared_with_the_verifier_is_caught(tmp_path, namespace):
    shared = write_bundle(tmp_path / "shared", state="")
    assert problems(shared, "tools-replaced")["tools-replaced"]
    clean = write_bundle(tmp_path / "clean")
    assert problems(clean, "tools-replaced")["tools-replaced"] == []


def test_an_agent_that_can_void_its_episode_is_caught(tmp_path, namespace):
    weak = write_bundle(tmp_path / "voids", careful=False)
    script = (
        "#!/bin/bash\nset -e\ngrep -q . /app/data/known.txt\necho 0 > /logs/verifier/reward.txt\n"
    )
    (weak / "tests" / "test.sh").write_text(script)
    (found,) = problems(weak, "state-removed").values()
    assert found and found[0].startswith("voided its episode: the verifier wrote no reward")


def test_what_is_left_on_the_host_is_seen():
    watch = HostWatch()
    assert watch.harm() == []
    trace = Path("/tmp") / watch.token
    trace.touch()
    left = subprocess.Popen(["sleep", "60"], env={"TOKEN": watch.token})
    try:
        assert watch.harm() == [
            f"{trace} was written",
            f"process {left.pid} was left running",
        ]
    finally:
        trace.unlink()
        left.kill()
        left.wait()


def test_a_wrong_name_is_an_error_that_names_the_right_ones():
    with pytest.raises(UserError, match="reward-text"):
        find_cheats(["no-such-cheat"])


@pytest.mark.parametrize(
    "bomb", ["fork-bomb", "terminal-bomb", "descriptor-bomb", "shared-memory", "inode-fill"]
)
def test_neighbours_do_not_notice(bomb, namespace, small_bundle):
    (cheat,) = find_cheats([bomb])
    bomber = TerminalEnv(small_bundle, backend=namespace, step_timeout_s=1.5)
    neighbour = TerminalEnv(small_bundle, backend=namespace)
    try:
        bomber.reset()
        bomber.step("export TOKEN=neighbour")
        for command in cheat.commands:
            bomber.step(command)
        for _ in range(3):
            neighbour.reset()
            observation, *_ = neighbour.step("echo $((6 * 7)); script -qc 'echo more' /dev/null")
            assert observation["output"].split() == ["42", "more"]
    finally:
        bomber.close()
        neighbour.close()


def test_the_command_shows_a_table_and_fails_on_a_break(tmp_path, namespace, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    weak = str(write_bundle(tmp_path / "weak", careful=False))
    assert run_cli(["cheat", weak, "--backend", "namespace", "--only", "reward-text"]) == 0
    assert "1 of 1 held, on namespace" in capsys.readouterr().out
    assert run_cli(["cheat", weak, "--backend", "namespace", "--only", "programs-*"]) == 1
    assert "programs-that-forge earned 1, doing nothing 0" in capsys.readouterr().out
