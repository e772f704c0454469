"""The steps of a task: what holds for each, after all inheritance.

A task without `[[steps]]` is one step, whose name is "". With them, a step's files are laid out as

steps/plan/
├── instruction.md         what the agent is asked
├── workdir/               copied into the working folder before the step; its setup.sh is run
├── solution/solve.sh      reference solution; without it the task's own solution/
└── tests/                 laid over the task's own tests/

Source of the rules: the `harbor` package, `trial/multi_step.py`, `models/task/verifier_mode.py`
and `trial/network_policy.py` (0.26).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from terminal_gym.bundle.compose import compose_file
from terminal_gym.bundle.machine import Machine, machine_of
from terminal_gym.bundle.models import (
    AgentSection,
    Artifact,
    Collect,
    EnvironmentSection,
    Healthcheck,
    NetworkMode,
    StepSection,
    TaskConfig,
    VerifierSection,
)

Mode = Literal["state", "shared", "separate"]

_CANARY = re.compile(r"(<!--.*canary.*-->|#.*canary.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Grading:
    """How a step is graded.

    Attributes:
        mode: state: only the declared paths reach the verifier; shared: the whole file system;
            separate: only the artifacts, in a sandbox of the verifier's own.
        timeout_s: The verifier's limit.
        env: Its variables, before those of the host are put in.
        user: As whom it runs; None: the image's user.
        network: Whether it has the host's network.
        machine: Its sandbox.
        tests: Folders that become /tests, the later laid over the earlier.
        bundled: Whether the verifier's image brings /tests instead.
        artifacts: What a separate verifier gets to see.
        hooks: Commands that gather artifacts first.
    """

    mode: Mode
    timeout_s: float
    env: dict[str, str]
    user: str | None
    network: bool
    machine: Machine
    tests: tuple[Path, ...]
    bundled: bool
    artifacts: tuple[Artifact, ...]
    hooks: tuple[Collect, ...]


@dataclass(frozen=True)
class TaskStep:
    """One step.

    Attributes:
        name: "" in a task without steps.
        folder: Where its files are: the task's own folder, or `steps/<name>`.
        agent_user: As whom the agent works; None: the image's user.
        time_limit_s: The agent's limit, if the task sets one.
        network: Whether the agent has the host's network.
        min_reward: Least values by name of reward, without which no further step follows.
        healthcheck: What says that the step's own set-up is done.
        solution_dir: The reference solution's folder.
        grading: How it is graded.
    """

    name: str
    folder: Path
    agent_user: str | None
    time_limit_s: float | None
    network: bool
    min_reward: dict[str, float]
    healthcheck: Healthcheck | None
    solution_dir: Path
    grading: Grading

    @property
    def instruction_file(self) -> Path:
        """What the agent is asked."""
        return self.folder / "instruction.md"

    @property
    def workdir_files(self) -> Path | None:
        """What is copied into the working folder before the step."""
        folder = self.folder / "workdir"
        return folder if self.name and folder.is_dir() else None

    @property
    def solution_script(self) -> Path | None:
        """The reference solution, where there is one."""
        path = self.solution_dir / "solve.sh"
        return path if path.is_file() else None


def resolve_steps(config: TaskConfig, folder: Path) -> tuple[TaskStep, ...]:
    """The steps of the task in `folder`, at least one."""
    if not config.steps:
        return (_single(config, folder),)
    return tuple(_one_of_several(config, step, folder) for step in config.steps)


def strip_canary(text: str) -> str:
    """An instruction without the marks at its top that keep benchmarks out of training data."""
    lines = text.split("\n")
    start = 0
    while start < len(lines) and _CANARY.fullmatch(lines[start].strip()):
        start += 1
    if start == 0:
        return text
    return "\n".join(lines[start:]).lstrip()


def _single(config: TaskConfig, folder: Path) -> TaskStep:
    return TaskStep(
        name="",
        folder=folder,
        agent_user=_text(config.agent.user),
        time_limit_s=config.agent.timeout_sec,
        network=_is_public(config.agent.network_mode or config.environment.network_mode),
        min_reward={},
        healthcheck=None,
        solution_dir=folder / "solution",
        grading=_grading(config, config.verifier, folder, [folder / "tests"], None),
    )


def _one_of_several(config: TaskConfig, step: StepSection, folder: Path) -> TaskStep:
    own = folder / "steps" / step.name
    agent = _over(step.agent, config.agent)
    gate = step.min_reward
    tests = [folder / "tests", own / "tests"]
    return TaskStep(
        name=step.name,
        folder=own,
        agent_user=_text(agent.user),
        time_limit_s=agent.timeout_sec,
        network=_is_public(agent.network_mode or config.environment.network_mode),
        min_reward=gate if isinstance(gate, dict) else {} if gate is None else {"reward": gate},
        healthcheck=step.healthcheck,
        solution_dir=own / "solution" if (own / "solution").is_dir() else folder / "solution",
        grading=_grading(config, step.verifier, folder, tests, step),
    )


def _over(step: AgentSection, task: AgentSection) -> AgentSection:
    """A step's keys where it has them, else the task's."""
    names = ("user", "timeout_sec", "network_mode")
    own = {name: getattr(step, name) for name in names if getattr(step, name) is not None}
    return task.model_copy(update=own)


def _grading(
    config: TaskConfig,
    own: VerifierSection,
    folder: Path,
    tests: list[Path],
    step: StepSection | None,
) -> Grading:
    whole = config.verifier
    mode: Mode = own.mode or whole.mode or "shared"
    user = whole.user if own.user is None else own.user
    artifacts, hooks = list(config.artifacts), list(whole.collect)
    if step is not None:
        artifacts += step.artifacts
        hooks += step.verifier.collect
    if mode == "shared" and config.gym.state:
        mode = "state"
    machine, bundled = _verifier_machine(config, own, folder, tests, mode)
    network = own.network_mode or whole.network_mode
    if network is None and mode != "state":  # with declared state a verifier is hermetic
        network = machine.section.network_mode
    return Grading(
        mode=mode,
        timeout_s=own.timeout_sec,
        env={**whole.env, **own.env},
        user=_text(user),
        network=_is_public(network),
        machine=machine,
        tests=() if bundled else tuple(path for path in tests if path.is_dir()),
        bundled=bundled,
        artifacts=tuple(artifacts),
        hooks=tuple(hooks),
    )


def _verifier_machine(
    config: TaskConfig, own: VerifierSection, folder: Path, tests: list[Path], mode: Mode
) -> tuple[Machine, bool]:
    """The verifier's sandbox, and whether its image brings the tests."""
    file = folder / "task.toml"
    task = machine_of(config.environment, folder / "environment", file)
    if mode != "separate":
        return task, False
    section = own.environment or config.verifier.environment or config.environment
    key = "environment" if section is config.environment else "verifier.environment"
    levels: list[tuple[EnvironmentSection | None, Path]] = [(own.environment, tests[-1])]
    if own is not config.verifier:
        levels.append((config.verifier.environment, tests[0]))
    for environment, place in levels:
        if environment is not None and environment.docker_image:
            ready = section.model_copy(update={"docker_image": environment.docker_image})
            return machine_of(ready, place, file, key), True
        if (place / "Dockerfile").is_file() or compose_file(place):
            built = section.model_copy(update={"docker_image": None})
            return machine_of(built, place, file, key), True
    same = section.model_copy(update={"docker_image": config.environment.docker_image})
    return replace(task, section=same, key=key), False


def _is_public(mode: NetworkMode | None) -> bool:
    return mode == "public"


def _text(user: str | int | None) -> str | None:
    return None if user is None else str(user)
