"""What each draft is asked to be about, dealt before any model is asked.

A domain's hands are one endless stream that depends on the run's seed, the domain and the lists of
personas and settings: skill combinations without repeats, everything else from shuffled decks, so
that any stretch of the stream is mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from math import comb
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from terminal_gym_generator.domain import DomainSpec, Skill
from terminal_gym_generator.rng import rng_for

COMMANDS = {1: 8, 2: 12, 3: 16, 4: 22, 5: 30}
"""By difficulty: about how many commands a reference solution should take."""
LEAST_COMMANDS = {1: 4, 2: 5, 3: 6, 4: 8, 5: 12}
"""By difficulty: with fewer, the task is not what was dealt."""
_SKILLS_OF = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4}

Entry = TypeVar("Entry")


class Hand(BaseModel):
    """What one draft is to be about."""

    model_config = ConfigDict(frozen=True)

    number: int
    """Its place in the domain's stream."""
    skills: tuple[Skill, ...]
    difficulty: int
    commands: int
    persona: str
    setting: str
    artifact: str
    hard: str


def hands(
    spec: DomainSpec, seed: int, personas: Sequence[str], settings: Sequence[str]
) -> Iterator[Hand]:
    """The domain's hands, without end; equal arguments, equal hands."""
    levels = _deck("level", seed, spec.name, sorted(COMMANDS))
    people = _deck("persona", seed, spec.name, personas)
    places = _deck("setting", seed, spec.name, settings)
    artifacts = _deck("artifact", seed, spec.name, spec.artifacts)
    hard = _deck("hard", seed, spec.name, spec.hard)
    combinations = _Combinations(spec, seed)
    for number in count():
        difficulty = next(levels)
        yield Hand(
            number=number,
            skills=combinations.draw(_SKILLS_OF[difficulty]),
            difficulty=difficulty,
            commands=COMMANDS[difficulty],
            persona=next(people),
            setting=next(places),
            artifact=next(artifacts),
            hard=next(hard),
        )


def _deck(name: str, seed: int, domain: str, entries: Sequence[Entry]) -> Iterator[Entry]:
    """All entries, shuffled, over and over."""
    for lap in count():
        cards = list(entries)
        rng_for("deck", name, seed, domain, lap).shuffle(cards)
        yield from cards


class _Combinations:
    """Skills by turns, each equally often; no combination twice while others are left."""

    def __init__(self, spec: DomainSpec, seed: int) -> None:
        self._number = len(spec.skills)
        self._deck = _deck("skill", seed, spec.name, spec.skills)
        self._dealt: dict[int, set[frozenset[str]]] = {}

    def draw(self, size: int) -> tuple[Skill, ...]:
        """The next combination of that size."""
        dealt = self._dealt.setdefault(size, set())
        if len(dealt) == comb(self._number, size):
            dealt.clear()
        while True:
            found = self._different(size)
            names = frozenset(skill.name for skill in found)
            if names not in dealt:
                dealt.add(names)
                return tuple(sorted(found, key=lambda skill: skill.name))

    def _different(self, size: int) -> list[Skill]:
        found: dict[str, Skill] = {}
        while len(found) < size:
            skill = next(self._deck)
            found[skill.name] = skill
        return list(found.values())
