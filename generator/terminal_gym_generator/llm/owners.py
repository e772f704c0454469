"""Which stage has to mend what a gate refused, and what it is told."""

from __future__ import annotations

from terminal_gym_generator.llm.desk import Desk
from terminal_gym_generator.llm.forms import Diagnosis
from terminal_gym_generator.llm.task import Task
from terminal_gym_generator.llm.trials import CHECKS_SAID, Trials
from terminal_gym_generator.records import GateResult

MEANINGS = {
    "builds": "the bundle loads, its image builds, its solution splits into the recorded commands",
    "hermetic": "the verifier needs no network and installs nothing",
    "nop": "an untouched machine earns 0",
    "oracle": "the reference solution earns 1",
    "prefixes": "no proper beginning of the reference solution earns 1, and all of it does, again",
    "mutations": "at least five damages of the results cost the reward, each of them",
    "blind": "the instruction tells no hidden value, and the reference needs to see the world",
    "elsewhere": "the reference earns 1 with another clock, zone, locale, order of files, less CPU",
    "cheats": "known attacks on verifiers earn 0",
}
_OWNERS = {
    "builds": "environment",
    "hermetic": "verifier",
    "nop": "verifier",
    "mutations": "verifier",
    "cheats": "verifier",
}
"""Where a gate's failure has one owner only; the others are diagnosed."""
_ENOUGH = "the checks pass before the last of the work is done: they do not notice what it is for"
_TOLD, _SPLITS, _LONG_ENOUGH = "the instruction tells", "solve.sh splits", 12


def owner_of(desk: Desk, task: Task, trials: Trials, failed: GateResult) -> tuple[str, str]:
    """The stage that owns a failure, and the evidence for its author."""
    if failed.gate == "blind":
        return ("instruction" if failed.detail.startswith(_TOLD) else "solution"), failed.detail
    if failed.gate == "builds" and failed.detail.startswith(_SPLITS):
        return "solution", failed.detail
    if failed.gate in _OWNERS:
        return _OWNERS[failed.gate], failed.detail
    return _diagnosed(desk, task, trials, failed)


def _diagnosed(desk: Desk, task: Task, trials: Trials, failed: GateResult) -> tuple[str, str]:
    assert task.work and task.checks
    story = trials.story(task.record())
    found = desk.ask(
        "diagnose",
        Diagnosis,
        instruction=task.instruction,
        solution=task.work.commands,
        source=task.checks.source,
        gate=failed.gate,
        gate_meaning=MEANINGS.get(failed.gate, ""),
        evidence=f"{failed.detail}\n\n{story}",
    )
    if found.owner == "solution":
        return "solution", f"{failed.detail}\n{found.advice}\n\n{story}"
    if found.owner == "verifier":
        checks = story.partition(CHECKS_SAID)[2].strip()
        detail = _ENOUGH if failed.gate == "prefixes" else failed.detail
        told = [text for text in (detail, found.advice) if not _quotes(text, task.work.commands)]
        return "verifier", "\n".join([*told, "The checks said of the result:", checks])
    return found.owner, f"{failed.detail}\n{found.reason}\n{found.advice}"


def _quotes(text: str, commands: list[str]) -> bool:
    """Whether a text holds a line of the solution, which the verifier's author must not see."""
    flat = " ".join(text.split())
    lines = (" ".join(line.split()) for command in commands for line in command.split("\n"))
    return any(len(line) >= _LONG_ENOUGH and line in flat for line in lines)
