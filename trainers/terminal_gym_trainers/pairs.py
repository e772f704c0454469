"""From episodes to preference pairs per task instance. Needs no PyTorch.

Winner and loser are told apart by the verifier's reward alone. An episode without a valid reward
makes no pair: a fault says nothing about the agent.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from terminal_gym.episodes import Episode
from terminal_gym_trainers.pair_limits import domain_of, limit_pairs
from terminal_gym_trainers.pair_records import PairOptions, PairSummary, PreferencePair
from terminal_gym_trainers.pair_strategies import (
    STRATEGIES,
    Candidate,
    Instance,
    round_key,
    why_none,
)


@dataclass(frozen=True)
class PairSet:
    """The pairs, and the account of how they came about."""

    pairs: list[PreferencePair]
    summary: PairSummary


def make_pairs(episodes: Iterable[Episode], options: PairOptions | None = None) -> PairSet:
    """Preference pairs of `episodes`; the same input and options give the same pairs.

    Args:
        episodes: In any order; "first" goes by this order.
        options: How.
    """
    options = options or PairOptions()
    refused: Counter[str] = Counter()
    groups = _group(episodes, options, refused)
    without: Counter[str] = Counter()
    candidates: list[Candidate] = []
    for instance, group in groups.items():
        found = STRATEGIES[options.strategy](instance, group, options)
        candidates += found
        if not found:
            without[why_none(group, options)] += 1
    dropped: Counter[str] = Counter()
    kept = limit_pairs(candidates, options, dropped)
    pairs = [_record(candidate, options) for candidate in kept]
    return PairSet(
        pairs,
        _summary(pairs, groups, candidates, refused=refused, without=without, dropped=dropped),
    )


def refusal(episode: Episode) -> str | None:
    """Why no pair may be made from an episode; None if one may."""
    extra = episode.extra
    if extra.fault is not None:
        return "fault"
    if not extra.complete:
        return "interrupted"
    if not extra.valid:
        return "marked invalid"
    if extra.reward is None:
        return "no reward"
    if not episode.rounds:
        return "no action"
    if not extra.bundle:
        return "no bundle named"
    return None


def signature(episode: Episode) -> str:
    """Equal for episodes in which the agent said and typed the same."""
    rounds = [round_key(step) for step in episode.rounds]
    return hashlib.sha256(repr(rounds).encode("utf-8", "surrogatepass")).hexdigest()


def _group(
    episodes: Iterable[Episode], options: PairOptions, refused: Counter[str]
) -> dict[Instance, list[Episode]]:
    groups: dict[Instance, list[Episode]] = defaultdict(list)
    seen: set[tuple[Instance, str]] = set()
    for episode in episodes:
        if reason := refusal(episode):
            refused[reason] += 1
            continue
        if options.finished and episode.extra.truncated:
            refused["ran out of steps"] += 1
            continue
        instance = (episode.extra.bundle or "", episode.extra.bundle_digest or "")
        key = (instance, signature(episode))
        if options.dedup and key in seen:
            refused["duplicate"] += 1
            continue
        seen.add(key)
        groups[instance].append(without_raw(episode))
    return dict(sorted(groups.items()))


def without_raw(episode: Episode) -> Episode:
    """The episode without the PTY's raw bytes, which training does not read."""
    steps = [
        step.model_copy(update={"extra": step.extra.model_copy(update={"raw": None})})
        if step.extra and step.extra.raw
        else step
        for step in episode.steps
    ]
    return episode.model_copy(update={"steps": steps})


def _record(candidate: Candidate, options: PairOptions) -> PreferencePair:
    bundle, digest = candidate.instance
    return PreferencePair(
        bundle=bundle,
        bundle_digest=digest,
        domain=domain_of(candidate),
        strategy=options.strategy,
        shared_rounds=candidate.shared,
        winner=candidate.winner,
        loser=candidate.loser,
    )


def _summary(
    pairs: list[PreferencePair],
    groups: dict[Instance, list[Episode]],
    candidates: list[Candidate],
    *,
    refused: Counter[str],
    without: Counter[str],
    dropped: Counter[str],
) -> PairSummary:
    return PairSummary(
        episodes=sum(map(len, groups.values())) + sum(refused.values()),
        refused=dict(sorted(refused.items())),
        tasks=len(groups),
        tasks_without_pair=dict(sorted(without.items())),
        candidates=len(candidates),
        dropped=dict(sorted(dropped.items())),
        pairs=len(pairs),
        per_domain=dict(sorted(Counter(pair.domain for pair in pairs).items())),
        per_task=dict(sorted(Counter(pair.bundle for pair in pairs).items())),
        mean_margin=fmean(pair.margin for pair in pairs) if pairs else None,
        winner_rounds=[len(pair.winner.rounds) - pair.shared_rounds for pair in pairs],
        loser_rounds=[len(pair.loser.rounds) - pair.shared_rounds for pair in pairs],
    )
