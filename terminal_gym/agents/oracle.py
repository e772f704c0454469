"""The agent that knows the reference solution."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from terminal_gym.agents.script_split import ScriptCommand, split_script
from terminal_gym.bundle.loader import load_bundle, resolve_env
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.episodes import AgentResponse
from terminal_gym.errors import BundleError

SOLUTION_DIR = "/solution"


class OracleAgent:
    """Replays solution/solve.sh one command at a time, so that the episode is a real trajectory.

    A script that cannot be split is run whole. A comment above a command is recorded as what the
    agent said. The environment's runner puts the solution folder to /solution first. In a task of
    several steps it begins with a step's solution when the one before has ended.

    Args:
        whole: Run the script as one command in any case.
    """

    name = "oracle"
    needs_solution = True
    env_options: Mapping[str, Any] = {"step_timeout_s": 600.0, "max_steps": 1000}

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._pending: list[ScriptCommand] = []
        self._steps: Iterator[TaskStep] = iter(())
        self._env: dict[str, str] = {}
        self._instruction = ""
        self._submitted = False
        self.last_response = AgentResponse()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Read the solution of the bundle at `info["bundle_path"]`.

        Raises:
            BundleError: The bundle has no solution.
        """
        bundle = load_bundle(info["bundle_path"])
        file = bundle.path / "task.toml"
        self._env = resolve_env(bundle.config.solution.env, file, "solution.env")
        for step in bundle.steps:
            if step.solution_script is None:
                raise BundleError(
                    f"{step.solution_dir}/solve.sh: missing, so the oracle has nothing to do",
                    remedy="write the reference solution, or run another agent",
                )
        self._steps = iter(bundle.steps)
        self._begin_step(observation)

    def act(self, observation: Any) -> str:
        """The next command; an empty input, which waits, while one still runs; at last `exit`."""
        if self._submitted or observation["instruction"] != self._instruction:
            self._begin_step(observation)
        if observation["running"]:
            return self._say("", "")
        if not self._pending:
            self._submitted = True
            return self._say("exit", "")
        command = self._pending.pop(0)
        return self._say(command.text, command.comment)

    def close(self) -> None:
        """Nothing to give back."""

    def _begin_step(self, observation: Any) -> None:
        self._submitted = False
        self._instruction = observation["instruction"]
        step = next(self._steps, None)
        script = step.solution_script if step else None
        self._pending = [*_exports(self._env), *self._commands(script)] if script else []

    def _commands(self, path: Path) -> list[ScriptCommand]:
        split = None if self._whole else _split_text(path.read_bytes())
        return split or [ScriptCommand(f"bash {SOLUTION_DIR}/solve.sh", "")]

    def _say(self, command: str, comment: str) -> str:
        self.last_response = AgentResponse(message=comment, llm_calls=0)
        return command


def _exports(env: Mapping[str, str]) -> list[ScriptCommand]:
    """One command that sets [solution].env, or none."""
    pairs = " ".join(f"{key}={shlex.quote(value)}" for key, value in env.items())
    return [ScriptCommand(f"export {pairs}", "")] if pairs else []


def _split_text(script: bytes) -> list[ScriptCommand] | None:
    try:
        return split_script(script.decode("utf-8"))
    except UnicodeDecodeError:  # typed input is text, so such a script runs from its file
        return None
