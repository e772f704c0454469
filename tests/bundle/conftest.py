"""A well-formed bundle, to be spoiled in one place by each test."""

from pathlib import Path

import pytest

TASK = """\
schema_version = "1.4"
[task]
name = "test/tiny"
[metadata.terminal_gym]
domain = "tests"
difficulty = 2
state = ["/app"]
horizon = 9
[environment]
network_mode = "no-network"
workdir = "/app"
"""


def write_bundle(folder: Path, task: str = TASK) -> Path:
    for name, text in {
        "task.toml": task,
        "instruction.md": "Do it.\n",
        "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
        "solution/solve.sh": "#!/bin/bash\ntrue\n",
        "tests/test.sh": "#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "tiny")
