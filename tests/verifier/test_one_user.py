"""Where no second user can be had, a verifier that needs one writes no reward, not a zero."""

import subprocess
import sys
from pathlib import Path

from terminal_gym.verifier import checks

PROGRAM = """
import checks, sys
checks.sh(["true"])
print("went on")
"""


def outcome(*prefix):
    return subprocess.run(
        [*prefix, sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(Path(checks.__file__).parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


def test_it_ends_where_it_needs_another_user(namespace_backend):
    alone = outcome("unshare", "--user", "--map-root-user")
    assert alone.returncode == 1
    assert "one user only" in alone.stdout and "went on" not in alone.stdout


def test_a_path_of_bytes_is_one_too(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    assert checks.data(bytes(tmp_path / "file")) == b"text"
