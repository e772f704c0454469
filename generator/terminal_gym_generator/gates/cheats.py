"""The cheat gate: no attack on the verifier or its reward succeeds."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from terminal_gym.errors import SandboxFault
from terminal_gym_generator.gates.trial import Rejected, Skipped, Trial, one_line

QUICK = (
    "reward-text",
    "reward-daemon",
    "state-links-to-reward",
    "modules-beside",
    "pickles-and-data",
    "git-configuration",
    "programs-that-forge",
    "links-to-zero",
)
"""Cheats that a bundle's own verifier can be weak against. The others attack the sandbox, the
terminal or the host, which are the same for all bundles; `thorough` tries them all.
"""


def cheats(trial: Trial) -> str:
    """Every cheat of `terminal_gym.cheats` that a verifier can be weak against earns 0."""
    return _cheats(trial, QUICK)


def all_cheats(trial: Trial) -> str:
    """Every cheat of `terminal_gym.cheats` earns 0 (minutes for each bundle)."""
    return _cheats(trial, None)


def _cheats(trial: Trial, names: Sequence[str] | None) -> str:
    try:
        suite: Any = importlib.import_module("terminal_gym.cheats")
    except ImportError:
        raise Skipped("terminal_gym.cheats is not there") from None
    results = suite.run_cheats(trial.bundle, backend=trial.backend.name, names=names)
    won = [f"{one.cheat} earns {one.reward:g}" for one in results if one.reward]
    if won:
        raise Rejected("; ".join(won))
    for one in results:
        problems = one_line("; ".join(one.problems), 200)
        if one.reward is None and "voided" in problems:
            raise Rejected(f"{one.cheat} {problems}")
        if one.reward is None:
            raise SandboxFault(f"{one.cheat}: {problems}")
    return f"{len(results)} cheats earn nothing"
