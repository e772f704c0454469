"""Tasks in Harbor's format, as its own documentation lays them out; nothing of ours in them."""

from pathlib import Path

import pytest

from terminal_gym.agents.table import make_agent
from terminal_gym.bundle import load_bundle
from terminal_gym.env import TerminalEnv
from terminal_gym.episodes import EpisodeRecorder
from terminal_gym.errors import UnsupportedFeature
from terminal_gym.evaluation.episode import play_episode

DOCKERFILE = "FROM debian:bookworm-slim\nWORKDIR /app\n"
PASSES = "#!/bin/bash\n{}\necho $(( $? == 0 )) > /logs/verifier/reward.txt\n"


def write_task(folder: Path, toml="", **files: str) -> Path:
    """A task folder; `environment__Dockerfile="…"` is the file environment/Dockerfile."""
    content = {
        "task.toml": f'schema_version = "1.4"\n{toml}',
        "instruction.md": "Make the file /app/done.\n",
        "environment/Dockerfile": DOCKERFILE,
        "solution/solve.sh": "#!/bin/bash\ntouch /app/done\n",
        "tests/test.sh": PASSES.format("test -e /app/done"),
        **files,
    }
    for name, text in content.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def assert_refused(task: Path, key: str):
    """Loading a task names a key of its compose file, and what to do."""
    with pytest.raises(UnsupportedFeature) as caught:
        load_bundle(task)
    assert f"docker-compose.yaml: {key}" in caught.value.message
    assert caught.value.remedy


def play(folder: Path, backend: str, agent="oracle", **options):
    """One episode of an agent (or the agent of that name); gives the recorded episode."""
    env = EpisodeRecorder(TerminalEnv(folder, backend=backend, **options), folder / "../out.jsonl")
    try:
        made = make_agent(agent) if isinstance(agent, str) else agent
        play_episode(env, made, seed=0)
    finally:
        env.close()
    return env.episode


def commands(folder: Path, backend: str, *given: str, **options):
    """The last step's result after some commands and `exit`."""
    env = TerminalEnv(folder, backend=backend, **options)
    try:
        env.reset()
        for command in given:
            env.step(command)
        return env.step("exit")
    finally:
        env.close()
