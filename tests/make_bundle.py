"""Small task bundles for tests."""

from pathlib import Path

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
    """A bundle that is solved by a file /app/done; gives its folder."""
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
