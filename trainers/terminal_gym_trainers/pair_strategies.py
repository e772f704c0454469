"""Which episodes of one instance are set against each other.

To add a way, write a function and add a row to `STRATEGIES`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminal_gym.episodes import Episode, Step, command_of, text_of
from terminal_gym_trainers.pair_records import PairOptions
from terminal_gym_trainers.seeding import rng_for

Instance = tuple[str, str]
"""A bundle's name and digest: the same world, task and verifier."""


@dataclass(frozen=True)
class Candidate:
    """A pair that might be made."""

    instance: Instance
    winner: Episode
    loser: Episode
    shared: int = 0

    @property
    def margin(self) -> float:
        """By how much the winner's reward is higher."""
        return reward_of(self.winner) - reward_of(self.loser)


def _all(instance: Instance, group: Sequence[Episode], options: PairOptions) -> list[Candidate]:
    """Every two that differ by the margin."""
    return [
        Candidate(instance, *ordered)
        for pair in itertools.combinations(group, 2)
        if (ordered := _ordered(*pair, options))
    ]


def _best_vs_worst(
    instance: Instance, group: Sequence[Episode], options: PairOptions
) -> list[Candidate]:
    """One pair; among equals, drawn by the seed."""
    found = _all(instance, group, options)
    if not found:
        return []
    widest = max(one.margin for one in found)
    ends = [one for one in found if one.margin > widest - 1e-9]
    return [rng_for(options.seed, "best", *instance).choice(ends)]


def _first(instance: Instance, group: Sequence[Episode], options: PairOptions) -> list[Candidate]:
    """The two that were recorded first, among those that differ by the margin."""
    return _all(instance, group, options)[:1]


def _same_prefix(
    instance: Instance, group: Sequence[Episode], options: PairOptions
) -> list[Candidate]:
    """Branches: every two whose first rounds are the same, down to where they part."""
    found = []
    for one in _all(instance, group, options):
        shared = shared_prefix(one.winner, one.loser)
        shorter = min(len(one.winner.rounds), len(one.loser.rounds))
        if options.min_shared <= shared < shorter:
            found.append(Candidate(instance, one.winner, one.loser, shared))
    return found


STRATEGIES: dict[str, Callable[[Instance, Sequence[Episode], PairOptions], list[Candidate]]] = {
    "all": _all,
    "best-vs-worst": _best_vs_worst,
    "first": _first,
    "same-prefix": _same_prefix,
}


def shared_prefix(one: Episode, other: Episode) -> int:
    """How many first rounds hold the same words and keys of the agent."""
    count = 0
    for mine, theirs in zip(one.rounds, other.rounds, strict=False):
        if round_key(mine) != round_key(theirs):
            break
        count += 1
    return count


def _ordered(one: Episode, other: Episode, options: PairOptions) -> tuple[Episode, Episode] | None:
    """(winner, loser), or None where they may not be paired."""
    winner, loser = (one, other) if reward_of(one) >= reward_of(other) else (other, one)
    # Rewards are means of checks: without slack, 0.8 - 0.75 would miss a margin of 0.05.
    if reward_of(winner) - reward_of(loser) < options.margin - 1e-9:
        return None
    if reward_of(winner) < options.min_winner - 1e-9:
        return None
    if options.winner_agents and winner.agent.name not in options.winner_agents:
        return None
    if options.loser_agents and loser.agent.name not in options.loser_agents:
        return None
    return winner, loser


def reward_of(episode: Episode) -> float:
    """The reward of an episode that was not refused."""
    assert episode.extra.reward is not None
    return episode.extra.reward


def why_none(group: Sequence[Episode], options: PairOptions) -> str:
    """Why an instance gave no candidate."""
    if len(group) < 2:
        return "a single episode"
    rewards = [reward_of(episode) for episode in group]
    if max(rewards) - min(rewards) < 1e-9:
        return "all solved" if min(rewards) >= 1 else "all rewards equal"
    if max(rewards) - min(rewards) < options.margin - 1e-9:
        return "difference below the margin"
    if options.strategy == "same-prefix" and _all(("", ""), group, options):
        return "no rounds in common"
    return "filtered by winner or loser"


def round_key(step: Step) -> tuple[str, str, str]:
    """What the agent itself did in a round; what it was shown may differ in times and ids."""
    return command_of(step), text_of(step.message), step.reasoning_content or ""
