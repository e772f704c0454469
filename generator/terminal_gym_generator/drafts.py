"""Drafts of the families engine: which families, at which difficulty, from which seed.

A domain's drafts are one endless stream that depends on the run's seed and the domain only. Each
pass deals every pair of a family and a difficulty once, so that any stretch of it is mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from random import Random

from terminal_gym.errors import UserError
from terminal_gym_generator.chain import build_parts
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.families_engine import make_draft, parts_of
from terminal_gym_generator.family import Family, families
from terminal_gym_generator.records import Draft
from terminal_gym_generator.rng import rng_for

DIFFICULTIES = (1, 2, 3, 4, 5)
LONG_HORIZON = 25
"""A task of difficulty 5 takes its reference at least so many commands."""
_MOST_PARTS = 4
_CHAINED = {1: 0.0, 2: 0.0, 3: 0.15, 4: 0.5, 5: 0.0}
"""How often a task is a chain where its length does not ask for one."""
_OWN_DOMAIN = 0.5
_SEED_BITS = 53  # what every JSON reader takes as a whole number


def drafts(spec: DomainSpec, seed: int) -> Iterator[Draft]:
    """The domain's drafts, without end; equal arguments, equal drafts.

    Raises:
        UserError: No family belongs to the domain.
    """
    own = families_of(spec)
    for number in count():
        lap, place = divmod(number, len(own) * len(DIFFICULTIES))
        deck = [(family, level) for family in own for level in DIFFICULTIES]
        rng_for("deck", seed, spec.name, lap).shuffle(deck)
        family, difficulty = deck[place]
        yield sample(spec, family, difficulty, rng_for("draft", seed, spec.name, number))


def families_of(spec: DomainSpec) -> list[Family]:
    """The families of a domain: those that name it, and those whose skills it names.

    Raises:
        UserError: There is none.
    """
    found = [
        family
        for family in families().values()
        if family.domain == spec.name or spec.skill_names.issuperset(family.skills)
    ]
    if not found:
        raise UserError(
            f"no family belongs to the domain {spec.name!r}",
            remedy="name skills that families have (see docs/generator.md), or write a family",
        )
    return found


def sample(spec: DomainSpec, family: Family, difficulty: int, rng: Random) -> Draft:
    """A draft around one family: alone, or in a chain with others."""
    seed = rng.getrandbits(_SEED_BITS)
    names: tuple[str, ...] = (family.name,)
    if rng.random() < _CHAINED[difficulty]:
        names = _lengthened(names, spec, difficulty, rng)
    while difficulty == max(DIFFICULTIES) and not _is_long(names, seed, difficulty):
        longer = _lengthened(names, spec, difficulty, rng)
        if longer == names:
            break
        names = longer
    return make_draft(names, seed, difficulty, spec.name)


def _lengthened(
    names: tuple[str, ...], spec: DomainSpec, difficulty: int, rng: Random
) -> tuple[str, ...]:
    """A chain with one family more; all but its last must reveal something."""
    if len(names) == _MOST_PARTS:
        return names
    others = [name for name in families() if name not in names]
    before = [name for name in others if _reveals(name)]
    if _reveals(names[-1]) and (not before or rng.random() < 0.5):
        choice = _choose(others, spec, rng)
        return (*names, choice) if choice else names
    choice = _choose(before, spec, rng)
    return (choice, *names) if choice else names


def _choose(names: list[str], spec: DomainSpec, rng: Random) -> str | None:
    own = [name for name in names if families()[name].domain == spec.name]
    pool = own if own and rng.random() < _OWN_DOMAIN else names
    return rng.choice(pool) if pool else None


@lru_cache(maxsize=1024)
def _reveals(name: str) -> bool:
    """Whether another part can build on what a family's part brings to light."""
    try:
        return build_parts([name], 0, 3)[0].reveal is not None
    except Exception:  # a broken family costs its own drafts, when they are made, and no others
        return False


def _is_long(names: tuple[str, ...], seed: int, difficulty: int) -> bool:
    """Whether the reference is long enough for difficulty 5 (or cannot be made at all)."""
    try:
        parts = parts_of(make_draft(names, seed, difficulty))
    except Exception:
        return True
    return sum(len(part.commands) for part in parts) >= LONG_HORIZON
