"""One verdict for a task of several steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from terminal_gym.verifier.verdict import Verdict, main_reward

Strategy = Literal["mean", "final"]


def shortfall(rewards: Mapping[str, float], thresholds: Mapping[str, float]) -> str | None:
    """The first threshold that is not met, as a sentence; None where all are."""
    for name, least in thresholds.items():
        if name not in rewards:
            return f"there is no reward {name!r}, of which at least {least:g} is wanted"
        if rewards[name] < least:
            return f"{name} is {rewards[name]:g}, below {least:g}"
    return None


def combine(verdicts: Mapping[str, Verdict], strategy: Strategy, *, unreached: int = 0) -> Verdict:
    """The verdict on the whole task.

    Args:
        verdicts: By step, in their order; at least one.
        strategy: mean: of each reward over the steps, absent ones being 0; final: the last step's.
        unreached: How many steps more there would have been, had the episode not been cut short.
            They count as 0. Steps that a `min_reward` kept from coming are not meant: those do
            not count, as in Harbor.
    """
    steps = list(verdicts.values())
    if strategy == "final":
        last = steps[-1].rewards
        rewards = dict.fromkeys(last, 0.0) if unreached else last
    else:
        count = len(steps) + unreached
        names = dict.fromkeys(name for step in steps for name in step.rewards)
        rewards = {
            name: sum(step.rewards.get(name, 0.0) for step in steps) / count for name in names
        }
    return Verdict(
        reward=main_reward(rewards),
        rewards=rewards,
        checks=_named(verdicts),
        skipped=[f"{name}: {check}" for name, step in verdicts.items() for check in step.skipped],
        output=steps[-1].output,
        elapsed_s=sum(step.elapsed_s for step in steps),
        mode=steps[-1].mode,
        missing=[path for step in steps for path in step.missing],
        dropped=[line for step in steps for line in step.dropped],
        steps=dict(verdicts),
    )


def _named(verdicts: Mapping[str, Verdict]) -> dict[str, bool]:
    return {
        f"{name}: {check}": passed
        for name, step in verdicts.items()
        for check, passed in step.checks.items()
    }
