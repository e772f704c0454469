"""The cheat gate: no attack on the verifier or its reward succeeds."""

from __future__ import annotations

import importlib
from typing import Any

from terminal_gym.errors import SandboxFault
from terminal_gym_generator.gates.trial import Rejected, Skipped, Trial, one_line

QUICK = (
    "state-links-to-reward",
    "modules-beside",
    "pickles-and-data",
    "git-configuration",
    "programs-that-forge",
    "links-to-zero",
)
"""Cheats that a bundle's own verifier can be weak against. The others attack the sandbox, the
terminal, the host, or what is no graded state and so never reaches a verifier, which is the same
for all bundles; `thorough` tries them all.
"""


_TOKEN = "cheat-gate"


def cheats(trial: Trial) -> str:
    """Every cheat of `terminal_gym.cheats` that a verifier can be weak against earns 0.

    They are played in a bare sandbox here: `run_cheats` also proves the environment around it, the
    host and the next episode, which takes half as long again.
    """
    suite = _suite()
    runner: Any = importlib.import_module("terminal_gym.cheats.run")
    found = suite.find_cheats(QUICK)
    idle = 0
    for cheat in found:
        with trial.sandbox() as sandbox:
            before = trial.fingerprint(sandbox)
            terminal = trial.terminal(sandbox)
            try:
                for command in (runner.prelude(trial.bundle, _TOKEN), *cheat.commands):
                    terminal.run(command, cheat.step_timeout_s)
            finally:
                terminal.close()
            if trial.fingerprint(sandbox) == before:
                idle += 1  # the nop gate has graded this state
                continue
            reward = trial.grade(sandbox).reward
        if reward > 0:
            raise Rejected(f"{cheat.name} earns {reward:g}")
    return f"{len(found)} cheats earn nothing; {idle} of them change nothing that is graded"


def all_cheats(trial: Trial) -> str:
    """Every cheat of `terminal_gym.cheats` earns 0 and harms nothing (minutes for each bundle)."""
    results = _suite().run_cheats(trial.bundle, backend=trial.backend.name)
    for one in results:
        problems = one_line("; ".join(one.problems), 200)
        if one.reward or "voided" in problems:
            raise Rejected(f"{one.cheat} {problems}")
        if problems:
            raise SandboxFault(f"{one.cheat}: {problems}")
    return f"{len(results)} cheats earn nothing"


def _suite() -> Any:
    try:
        return importlib.import_module("terminal_gym.cheats")
    except ImportError:
        raise Skipped("terminal_gym.cheats is not there") from None
