"""What we cannot run is refused here, by name, and never half-run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from terminal_gym.bundle.machine import Machine
from terminal_gym.bundle.models import (
    AgentSection,
    Artifact,
    EnvironmentSection,
    StepSection,
    TaskConfig,
    VerifierSection,
)
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.errors import UnsupportedFeature

_NO_ARTIFACTS = ("/tests", "/logs/verifier", "/proc", "/sys", "/dev")

Refusal = tuple[str, str]  # the key, and what it asks for


def refuse_unsupported(config: TaskConfig, folder: Path) -> None:
    """Raise for the first feature that this package cannot run.

    Raises:
        UnsupportedFeature: Names the file, the key and what to do instead.
    """
    for key, what in _refusals(config):
        raise _unsupported(f"{folder / 'task.toml'}: {key}: {what} cannot be run here")
    for prior in folder.glob("**/trajectory.json"):
        if prior.parent == folder or prior.parent.parent == folder / "steps":
            raise _unsupported(f"{prior}: an earlier conversation cannot be given to agents here")


def refuse_among_services(steps: Sequence[TaskStep], machine: Machine, file: Path) -> None:
    """Raise for what cannot be had where a task has services, or may not have them.

    They live through all of an episode, in networks that are open to the outside or are not.

    Raises:
        UnsupportedFeature: Names the file, the key and what to do instead.
    """
    for step in steps:
        verifier = step.grading.machine.service
        if step.grading.mode == "separate" and verifier and verifier.others:
            raise _unsupported(
                f"{verifier.file}: services.{verifier.others[0]}: services of a separate verifier "
                "cannot be run here"
            )
    others = machine.service.others if machine.service else ()
    for step in steps:
        named = {
            "verifier.collect.service": {hook.service for hook in step.grading.hooks},
            "artifacts.service": {
                artifact.service or "main" for artifact in step.grading.artifacts
            },
        }
        for key, names in named.items():
            if unknown := names - {"main", *others}:
                raise _unsupported(f"{file}: {key}: there is no service {unknown.pop()!r}")
    if not others:
        return
    for step in steps:
        in_place = step.grading.mode != "separate"
        for key, network in (
            ("agent.network_mode", step.network),
            ("verifier.network_mode", step.grading.network if in_place else step.network),
        ):
            if network != steps[0].network:
                raise UnsupportedFeature(
                    f"{file}: {key}: beside services, agent and verifier have the same network",
                    remedy="say it in [environment] network_mode alone, or leave the task out",
                )


def ignored_keys(config: TaskConfig, folder: Path) -> list[str]:
    """Keys and files that have no effect here although a task may count on them."""
    environment = config.environment
    found = [str(path.relative_to(folder)) for path in folder.rglob(".harborignore")]
    if environment.skills_dir is not None:
        found.append("environment.skills_dir")
    if environment.gpu_types and not environment.gpus:
        found.append("environment.gpu_types")
    return found


def _refusals(config: TaskConfig) -> Iterator[Refusal]:
    yield from _of_environment(config.environment, "environment")
    yield from _of_network(config.agent, "agent")
    yield from _of_verifier(config.verifier, "verifier")
    yield from _of_artifacts(config.artifacts, "artifacts")
    for number, step in enumerate(config.steps):
        yield from _of_step(step, f"steps.{number}")


def _of_step(step: StepSection, key: str) -> Iterator[Refusal]:
    yield from _of_network(step.agent, f"{key}.agent")
    yield from _of_verifier(step.verifier, f"{key}.verifier")
    yield from _of_artifacts(step.artifacts, f"{key}.artifacts")


def _of_environment(section: EnvironmentSection, key: str) -> Iterator[Refusal]:
    if section.gpus:
        yield f"{key}.gpus", "GPUs"
    if section.tpu is not None:
        yield f"{key}.tpu", "TPUs"
    if section.os.lower() != "linux":
        yield f"{key}.os", f"{section.os} containers"
    if section.mcp_servers:
        yield f"{key}.mcp_servers", "MCP servers"
    yield from _of_network(section, key)


def _of_network(
    section: AgentSection | EnvironmentSection | VerifierSection, key: str
) -> Iterator[Refusal]:
    if section.network_mode == "allowlist" or section.allowed_hosts:
        yield f"{key}.network_mode", "allow lists of hosts"


def _of_verifier(section: VerifierSection, key: str) -> Iterator[Refusal]:
    yield from _of_network(section, key)
    if section.environment is not None:
        yield from _of_environment(section.environment, f"{key}.environment")


def _of_artifacts(artifacts: list[Artifact], key: str) -> Iterator[Refusal]:
    for artifact in artifacts:
        if not artifact.source.startswith("/"):
            yield f"{key}.source", f"the relative path {artifact.source!r}"
        elif any(_overlap(artifact.source, path) for path in _NO_ARTIFACTS):
            yield f"{key}.source", f"{artifact.source!r}, where the verifier's own files are,"


def _overlap(one: str, other: str) -> bool:
    one, other = f"{one.rstrip('/')}/", f"{other}/"
    return one.startswith(other) or other.startswith(one)


def _unsupported(message: str) -> UnsupportedFeature:
    return UnsupportedFeature(message, remedy="run this task under Harbor, or leave it out")
