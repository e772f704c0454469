"""Gates on the reference solution: all of it is enough, anything less is not."""

from __future__ import annotations

from collections.abc import Iterator

from terminal_gym.agents.script_split import split_script
from terminal_gym.errors import BundleError, DockerfileError, ImageBuildFault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym_generator.gates.trial import (
    SOLVED,
    Rejected,
    Trial,
    failed_checks,
    one_line,
)


def builds(trial: Trial) -> str:
    """The bundle loads, its script splits into the recorded commands, and its image builds."""
    try:
        bundle, _ = trial.bundle, trial.image
    except (BundleError, DockerfileError) as error:
        raise Rejected(error.message) from error
    except ImageBuildFault as fault:
        raise Rejected(f"{fault.message} {one_line(fault.log[-300:], 300)}") from fault
    if not bundle.state:
        raise Rejected("task.toml declares no state, so a verdict would cover the whole system")
    script = bundle.solution_dir / "solve.sh"
    split = split_script(script.read_text(encoding="utf-8")) or []
    if [command.text for command in split] != trial.commands:
        raise Rejected(f"solve.sh splits into {len(split)} other commands than were recorded")
    if bundle.horizon != len(split):
        raise Rejected(f"horizon {bundle.horizon}, but {len(split)} commands")
    return f"image {trial.image.digest}"


def oracle(trial: Trial) -> str:
    """The reference solution earns 1. Two more runs follow, in `prefixes` and `elsewhere`."""
    with trial.solved() as sandbox:
        _must_solve(trial, sandbox, "the first time")
    return f"1; {len(trial.commands)} commands"


def _must_solve(trial: Trial, sandbox: Sandbox, when: str) -> None:
    verdict = trial.grade(sandbox)
    if verdict.reward < SOLVED:
        raise Rejected(f"{verdict.reward:g} {when}: {failed_checks(verdict)}")


def nop(trial: Trial) -> str:
    """Doing nothing earns 0."""
    with trial.sandbox() as sandbox:
        reward = trial.earns(sandbox)
    if reward > 0:
        raise Rejected(f"doing nothing earns {reward:g}")
    return "0"


def prefixes(trial: Trial) -> str:
    """Every proper prefix of the reference solution earns less than 1, the whole earns 1 again."""
    graded, seen = 0, b""
    for done, sandbox, state in _states(trial):
        if done == len(trial.commands):
            _must_solve(trial, sandbox, "the second time")
        elif state != seen:  # else the command only looked; the same state has the same reward
            seen = state
            graded += 1
            with trial.copy(sandbox) as copy:
                reward = trial.earns(copy)
            if reward >= SOLVED:
                needless = one_line(trial.commands[done])
                raise Rejected(f"the first {done} commands are enough; not needed: {needless}")
    return f"{len(trial.commands) - 1} prefixes, {graded} of them with a state of their own"


def _states(trial: Trial) -> Iterator[tuple[int, Sandbox, bytes]]:
    """After each command: how many are done, the sandbox, and the state's fingerprint.

    One episode where the backend copies the state of a live sandbox, else one for each prefix.
    """
    if trial.backend.name == "namespace":
        with trial.sandbox() as sandbox:
            for done in trial.solve(sandbox):
                yield done, sandbox, trial.fingerprint(sandbox)
        return
    for done in range(1, len(trial.commands) + 1):
        with trial.sandbox() as sandbox:
            trial.solve_all(sandbox, trial.commands[:done])
            state = trial.fingerprint(sandbox)
            sandbox.kill_all()
            yield done, sandbox, state
