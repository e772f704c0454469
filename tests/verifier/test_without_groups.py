"""Without control groups a sandbox has rlimits, and a verifier's own must stay below them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_gym import sandbox
from terminal_gym.evaluation import run_episodes
from terminal_gym.sandbox.namespace import cgroups
from terminal_gym.verifier import checks

TASK = "LiteTerminal/git-rebase-v0"
# The backend's own path as its name: an instance for this test alone.
NAMESPACE = "terminal_gym.sandbox.namespace.backend:NamespaceBackend"
PROGRAM = """
import checks, pathlib, sys
checks.LOGS = pathlib.Path(sys.argv[1])
checks._become_nobody = lambda: 1 / 0
checks.run_agent_program(["true"], cwd="/")
print("went on")
"""


@pytest.fixture
def without_groups(namespace_backend, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("an ordinary user has one user only, and this task's verifier needs two")
    monkeypatch.setattr(cgroups, "available", lambda: False)
    yield NAMESPACE
    sandbox._instances.pop(NAMESPACE).close()


def test_the_reference_solves_a_task(without_groups, tmp_path):
    episodes = tmp_path / "episodes.jsonl"
    (result,) = run_episodes([TASK], "oracle", backend=without_groups, out=episodes)
    assert (result.valid, result.reward) == (True, 1.0)


def test_programs_that_cannot_become_another_user_are_no_zero(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path],
        env={"PYTHONPATH": str(Path(checks.__file__).parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "no program can be run as user 65534" in done.stdout and "went on" not in done.stdout
