"""Harbor's own models read our lines, where the package is at hand (Python 3.12 or later)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_gym.episodes import to_line

_PROBE = "import harbor.models.trajectories"
_VALIDATE = """
import sys
from harbor.models.trajectories import Trajectory
lines = [line for line in sys.stdin.buffer if line.strip()]
for line in lines:
    Trajectory.model_validate_json(line)
print(len(lines))
"""


def _python_with_harbor() -> str | None:
    """This interpreter, $HARBOR_PYTHON, or a virtual environment in the home folder."""
    candidates = [
        os.environ.get("HARBOR_PYTHON"),
        sys.executable,
        *map(str, sorted(Path.home().glob("*harbor*/bin/python"))),
    ]
    for python in filter(None, candidates):
        if subprocess.run([python, "-c", _PROBE], capture_output=True).returncode == 0:
            return python
    return None


@pytest.fixture(scope="module")
def harbor_python() -> str:
    python = _python_with_harbor()
    if python is None:
        pytest.skip("no Python with the harbor package; set HARBOR_PYTHON to one")
    return python


def test_harbor_accepts_our_episodes(harbor_python, make_episode, fault):
    episodes = [make_episode("a"), make_episode("b", fault=fault, valid=False, reward=None)]
    check = subprocess.run(
        [harbor_python, "-c", _VALIDATE],
        input=b"".join(to_line(e) for e in episodes),
        capture_output=True,
        cwd="/",
    )
    assert check.returncode == 0, check.stderr.decode()
    assert check.stdout.strip() == b"2"
