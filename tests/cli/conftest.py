"""The command line, called in this process; bundles of our own on the namespace backend."""

from dataclasses import dataclass
from pathlib import Path

import gymnasium
import pytest

from terminal_gym.bundle import register_bundles
from terminal_gym.cli.main import run_cli
from terminal_gym.sandbox import get_backend

TASK = """\
schema_version = "1.4"
[metadata.terminal_gym]
domain = "tests"
difficulty = 1
state = ["/app"]
horizon = 2
[environment]
network_mode = "no-network"
workdir = "/app"
"""
VERIFIER = """\
#!/bin/bash
if [ -e /app/done ]; then echo 1; else echo 0; fi > /logs/verifier/reward.txt
"""


def write_bundle(folder: Path, *, solution="touch done", verifier=VERIFIER, task=TASK) -> Path:
    for name, text in {
        "task.toml": task,
        "instruction.md": "Make the file `done`.\n",
        "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
        "solution/solve.sh": f"#!/bin/bash\npwd\n{solution}\n",
        "tests/test.sh": verifier,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """A folder with one good bundle, registered; the working directory is beside it."""
    before = dict(gymnasium.registry)
    write_bundle(tmp_path / "specs" / "tiny-good")
    register_bundles(tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERMINAL_GYM_BACKEND", "namespace")
    monkeypatch.setenv("COLUMNS", "200")
    yield tmp_path / "specs"
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


@pytest.fixture
def cli(specs, capfd):
    def call(*arguments: object) -> Done:
        code = run_cli([str(argument) for argument in arguments])
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture
def sandboxes():
    found = get_backend("namespace").check()
    if not found.ok:
        pytest.skip(f"namespace backend: {found.detail}")
