"""Loading a task bundle: a Harbor task folder.

git-rebase/
├── task.toml               configuration, Harbor's schema 1.4
├── instruction.md          what the agent is asked
├── environment/            build context of the image
│   └── Dockerfile
├── solution/solve.sh       reference solution; only the oracle sees it
└── tests/test.sh           verifier; writes /logs/verifier/reward.txt or reward.json

A task of several steps has `steps/<name>/` as well: see `steps.py`.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from terminal_gym.bundle.files import files_of, read_text, read_toml
from terminal_gym.bundle.machine import Machine, machine_of
from terminal_gym.bundle.models import TaskConfig, unknown_keys
from terminal_gym.bundle.refusals import ignored_keys, refuse_among_services, refuse_unsupported
from terminal_gym.bundle.steps import TaskStep, resolve_steps, strip_canary
from terminal_gym.bundle.variables import resolve_env
from terminal_gym.errors import BundleError
from terminal_gym.sandbox.base import ImageSource, SandboxSpec

_MAX_NAMED = 10  # unknown keys in a warning

__all__ = ["Bundle", "load_bundle", "resolve_env"]


@dataclass(frozen=True)
class Bundle:
    """A loaded task.

    Attributes:
        name: The folder's name.
        path: The folder, absolute.
        config: task.toml.
        instructions: The text of each step's instruction.md.
    """

    name: str
    path: Path
    config: TaskConfig
    instructions: tuple[str, ...]

    @property
    def instruction(self) -> str:
        """What the agent is asked; of several steps, all of it."""
        if not self.config.steps:
            return self.instructions[0]
        total = len(self.steps)
        texts = zip(self.steps, self.instructions, strict=True)
        return "\n\n".join(
            f"# Step {number} of {total}: {step.name}\n\n{text.strip()}"
            for number, (step, text) in enumerate(texts, 1)
        )

    @cached_property
    def steps(self) -> tuple[TaskStep, ...]:
        """What holds for each step; a task without [[steps]] is a single one."""
        return resolve_steps(self.config, self.path)

    @cached_property
    def machine(self) -> Machine:
        """How the agent's sandbox is made."""
        return machine_of(self.config.environment, self.environment_dir, self.path / "task.toml")

    @property
    def environment_dir(self) -> Path:
        """The image's build context."""
        return self.path / "environment"

    @property
    def tests_dir(self) -> Path:
        """What is put at /tests once the agent has ended."""
        return self.path / "tests"

    @property
    def test_script(self) -> Path:
        """The verifier."""
        return self.tests_dir / "test.sh"

    @property
    def solution_dir(self) -> Path:
        """What the oracle finds at /solution."""
        return self.path / "solution"

    @property
    def solution_script(self) -> Path | None:
        """The reference solution, where there is one."""
        path = self.solution_dir / "solve.sh"
        return path if path.is_file() else None

    @property
    def domain(self) -> str:
        """The domain, "" if unknown."""
        return self.config.gym.domain or str(self.config.metadata.get("category", ""))

    @property
    def difficulty(self) -> int | None:
        """1 to 5, None if unknown."""
        return self.config.gym.difficulty

    @property
    def horizon(self) -> int | None:
        """The reference solution's number of commands, None if unknown."""
        return self.config.gym.horizon

    @property
    def state(self) -> list[str]:
        """The declared paths that the verifier sees; empty: everything (Harbor's shared mode)."""
        return self.config.gym.state

    @property
    def image_source(self) -> ImageSource:
        """What the agent's image is made from."""
        return self.machine.image_source

    @property
    def sandbox_spec(self) -> SandboxSpec:
        """The agent's sandbox, in the first step: limits, network and environment variables."""
        return self.machine.spec(network=self.steps[0].network)

    def altered(
        self,
        *,
        environment: Mapping[str, object] | None = None,
        verifier_env: Mapping[str, str] | None = None,
        state: Sequence[str] = (),
    ) -> Bundle:
        """The same task under other conditions.

        Args:
            environment: Values of keys of [environment], such as `memory_mb`.
            verifier_env: Variables for its verifier, on top of its own.
            state: Further graded paths, where any are declared.
        """
        config, metadata = self.config, self.config.metadata
        if state and self.state:
            ours = {**metadata.get("terminal_gym", {}), "state": [*self.state, *state]}
            metadata = {**metadata, "terminal_gym": ours}
        variables = {**config.verifier.env, **(verifier_env or {})}
        changes = {
            "environment": config.environment.model_copy(update=environment),
            "verifier": config.verifier.model_copy(update={"env": variables}),
            "metadata": metadata,
        }
        return replace(self, config=config.model_copy(update=changes))

    def digest(self) -> str:
        """SHA-256 over every file's path, executable bit and content."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        total = hashlib.sha256()
        for path in files_of(self.path):
            data = path.read_bytes()
            executable = bool(path.stat().st_mode & 0o100)
            name = os.fsencode(path.relative_to(self.path))
            total.update(name + f"\0{executable}\0{len(data)}\0".encode())
            total.update(data)
        return total.hexdigest()


def load_bundle(path: str | Path) -> Bundle:
    """Load and validate the bundle in a folder.

    Raises:
        BundleError: Something is missing or malformed; names the file, the key and the remedy.
        UnsupportedFeature: It asks for what this package cannot run.
    """
    folder = Path(path).absolute()
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such folder", remedy="give a folder with a task.toml")
    list(files_of(folder))  # refuses links that lead out before anything is read
    file = folder / "task.toml"
    config = _config(file)
    _warn_unknown(config, file)
    refuse_unsupported(config, folder)
    steps = resolve_steps(config, folder)
    instructions = tuple(_instruction(step.instruction_file) for step in steps)
    for step in steps:
        _must_be_gradable(step)
    bundle = Bundle(folder.name, folder, config, instructions)
    refuse_among_services(steps, bundle.machine, file)
    source = bundle.image_source
    if source.context is None and source.image is None:
        raise BundleError(
            f"{folder}/environment/Dockerfile: missing",
            remedy="add a Dockerfile, or name a ready image in [environment] docker_image",
        )
    return bundle


def _instruction(file: Path) -> str:
    text = strip_canary(read_text(file, "write what the agent is to do"))
    if not text.strip():
        raise BundleError(f"{file}: empty", remedy="write the task's text")
    return text


def _must_be_gradable(step: TaskStep) -> None:
    grading = step.grading
    if grading.bundled or any((folder / "test.sh").is_file() for folder in grading.tests):
        return
    raise BundleError(
        f"{step.folder}/tests/test.sh: missing", remedy="add a verifier that writes a reward"
    )


def _config(file: Path) -> TaskConfig:
    data = read_toml(file, "add one; the form is Harbor's, see the README")
    try:
        return TaskConfig.model_validate(data)
    except ValidationError as error:
        raise BundleError(f"{file}: {_describe(error)}", remedy=_remedy(error)) from error


def _describe(error: ValidationError) -> str:
    lines = []
    for problem in error.errors()[:5]:
        lines.append(f"{_key(problem['loc'])}: {problem['msg']}")
    return "; ".join(lines)


def _remedy(error: ValidationError) -> str:
    return f"correct {_key(error.errors()[0]['loc'])}"


def _key(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _warn_unknown(config: TaskConfig, file: Path) -> None:
    unknown = sorted(unknown_keys(config))
    if unknown:
        warnings.warn(f"{file}: unknown keys are ignored: {_names(unknown)}", stacklevel=3)
    if idle := ignored_keys(config, file.parent):
        warnings.warn(f"{file}: keys without effect here: {', '.join(sorted(idle))}", stacklevel=3)
    try:
        gym = config.gym
    except ValidationError as error:
        raise BundleError(
            f"{file}: metadata.terminal_gym.{_describe(error)}", remedy=_remedy(error)
        ) from error
    if ours := sorted(gym.model_extra or {}):
        warnings.warn(
            f"{file}: unknown keys in metadata.terminal_gym: {_names(ours)}", stacklevel=3
        )


def _names(keys: list[str]) -> str:
    shown = ", ".join(key[:60] for key in keys[:_MAX_NAMED])
    return shown if len(keys) <= _MAX_NAMED else f"{shown} and {len(keys) - _MAX_NAMED} more"
