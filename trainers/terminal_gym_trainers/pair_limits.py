"""Caps and balance over candidate pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from terminal_gym_trainers.pair_records import PairOptions
from terminal_gym_trainers.pair_strategies import Candidate, Instance
from terminal_gym_trainers.seeding import rng_for


def limit_pairs(
    candidates: list[Candidate], options: PairOptions, dropped: Counter[str]
) -> list[Candidate]:
    """Caps and balance, smallest unit first; what stays is drawn by the seed, in its old order."""
    order = list(range(len(candidates)))
    rng_for(options.seed, "limit").shuffle(order)
    uses: Counter[int] = Counter()
    kept = []
    for index in order:
        one = candidates[index]
        sides = (id(one.winner), id(one.loser))
        if options.per_episode and max(uses[side] for side in sides) >= options.per_episode:
            dropped["cap per episode"] += 1
            continue
        uses.update(sides)
        kept.append(index)

    def cap(limit: int | None, key: Callable[[Candidate], object], reason: str) -> None:
        nonlocal kept
        counts: Counter[object] = Counter()
        before, kept = kept, []
        for index in before:
            counts[key(candidates[index])] += 1
            if limit is None or counts[key(candidates[index])] <= limit:
                kept.append(index)
        dropped[reason] += len(before) - len(kept)

    def smallest(key: Callable[[Candidate], object]) -> int | None:
        return min(Counter(key(candidates[index]) for index in kept).values(), default=None)

    cap(options.per_task, _task_of, "cap per task")
    if options.balance == "task":
        cap(smallest(_task_of), _task_of, "balance of tasks")
    if options.balance == "domain":
        cap(smallest(domain_of), domain_of, "balance of domains")
    cap(options.per_domain, domain_of, "cap per domain")
    cap(options.total, lambda _: "", "cap of all")
    for reason in [reason for reason, count in dropped.items() if not count]:
        del dropped[reason]
    return [candidates[index] for index in sorted(kept)]


def _task_of(candidate: Candidate) -> Instance:
    return candidate.instance


def domain_of(candidate: Candidate) -> str:
    """The domain of a candidate's task."""
    return candidate.winner.extra.domain or "unknown"
