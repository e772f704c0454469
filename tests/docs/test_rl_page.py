"""docs/rl.md: its programs run as they stand, with small or scripted policies.

The one that trains needs PyTorch; it is in tests/trainers/test_grpo_page.py.
"""

import os
import re
import subprocess
import sys

import pytest
from make_bundle import write_bundle
from rl_page import ROOT, programs

from terminal_gym.episodes import read_episodes

NAMES = ["gym_loop.py", "vector_loop.py", "grpo.py", "collect_pairs.py"]


@pytest.fixture
def tasks(tmp_path, namespace_backend):
    """Two tasks' ids; the tests' runs find them through $TERMINAL_GYM_SPECS."""
    for name in ("page-a", "page-b"):
        write_bundle(tmp_path / "specs" / name, solution="ls\ntouch done")
    return ["LiteTerminal/page-a-v0", "LiteTerminal/page-b-v0"]


def run(name, folder, *arguments):
    env = {**os.environ, "TERMINAL_GYM_BACKEND": "namespace", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", programs()[name], *arguments],
        env={**env, "TERMINAL_GYM_SPECS": str(folder / "specs")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_four_and_they_are_short():
    assert list(programs()) == NAMES
    assert max(len(program.splitlines()) for program in programs().values()) < 40


def test_a_gymnasium_loop(tmp_path, tasks):
    printed = run("gym_loop.py", tmp_path, tasks[0])
    assert re.findall(r"episode (\d): reward 0.0, checks 0.00", printed) == ["0", "1", "2"]


def test_a_vector_of_environments(tmp_path, tasks):
    printed = run("vector_loop.py", tmp_path, *tasks)
    assert re.fullmatch(r"(8|9|10|11) episodes, mean reward 0.00\n", printed)


def test_pairs_are_collected(tmp_path, tasks):
    assert "2 pairs of 2 tasks" in run("collect_pairs.py", tmp_path, *tasks)
    rewards = [episode.extra.reward for episode in read_episodes(tmp_path / "episodes.jsonl")]
    assert sorted(rewards) == [0.0, 0.0, 1.0, 1.0]
    assert len((tmp_path / "pairs.jsonl").read_text().splitlines()) == 2
