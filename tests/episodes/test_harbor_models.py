"""Harbor's own models read our lines, where the package is at hand (see harbor_environment.py)."""

import subprocess

from terminal_gym.episodes import to_line

_VALIDATE = """
import sys
from harbor.models.trajectories import Trajectory
lines = [line for line in sys.stdin.buffer if line.strip()]
for line in lines:
    Trajectory.model_validate_json(line)
print(len(lines))
"""


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
