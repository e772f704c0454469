"""What the README shows is run, not believed."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from terminal_gym.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_example_runs_as_it_stands(namespace_backend, tmp_path):
    [example] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(example.splitlines()) <= 12
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        env={**os.environ, "TERMINAL_GYM_BACKEND": "namespace", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "0.0" in done.stdout


def test_it_names_only_commands_that_exist():
    named = set(re.findall(r"^\$? ?terminal-gym ([a-z]+)", README, flags=re.MULTILINE))
    plugged = {point.name for point in metadata.entry_points(group="terminal_gym.commands")}
    assert named and named <= set(COMMANDS) | plugged


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
