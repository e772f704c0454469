"""Families: parametric tasks, one file each in `families/`.

A family is a class with a name, a domain and a `build` that fills a `Part`. It is deterministic in
(family, seed, difficulty): it draws from `context.rng` and `context.names` only. Files in
`families/` are found by folder; nothing has to be registered.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, TypeVar

from terminal_gym.errors import UserError
from terminal_gym_generator.lexicon import Lexicon
from terminal_gym_generator.part import Part
from terminal_gym_generator.rng import rng_for

T = TypeVar("T")
FAMILIES_VARIABLE = "TERMINAL_GYM_FAMILIES"


class Context:
    """What a family builds from.

    Args:
        family: The family's name.
        seed: Which instance; any integer.
        difficulty: 1 (easiest) to 5.
        root: The folder the part lives in.
        where: The same folder as the instruction may write it.
        salt: Tells apart several parts of one chain.

    Attributes:
        rng: The only source of randomness.
        names: Deals names for people, hosts and services.
    """

    def __init__(
        self,
        family: str,
        seed: int,
        difficulty: int,
        *,
        root: str = "/app",
        where: str | None = None,
        salt: str = "",
    ) -> None:
        if not 1 <= difficulty <= 5:
            raise UserError(
                f"difficulty {difficulty} is out of range", remedy="use a whole number from 1 to 5"
            )
        self.seed = seed
        self.difficulty = difficulty
        self.root = root
        self.where = where or root
        self.rng = rng_for(family, seed, difficulty, salt)
        self.names = Lexicon(self.rng)

    def part(self) -> Part:
        """An empty part at this context's root."""
        return Part(root=self.root, where=self.where)

    def scale(self, easiest: int, hardest: int) -> int:
        """A size between two ends, by difficulty (linear, rounded)."""
        return round(easiest + (hardest - easiest) * (self.difficulty - 1) / 4)

    def pick(self, options: Sequence[T]) -> T:
        """One of several options: phrasings, variants of the fault, file formats."""
        return self.rng.choice(options)


class Family(ABC):
    """A parametric task. The class docstring says what the task is and what makes it hard.

    Attributes:
        name: Kebab-case; the file's name with dashes.
        domain: One of the domain specifications.
        skills: Which of the domain's named skills it exercises.
    """

    name: ClassVar[str]
    domain: ClassVar[str]
    skills: ClassVar[tuple[str, ...]]

    @abstractmethod
    def build(self, context: Context) -> Part:
        """Make the part for this context. Pure: no clock, no file, no process, no network."""


@cache
def families() -> dict[str, Family]:
    """All families by name, in alphabetical order; also those in `$TERMINAL_GYM_FAMILIES`."""
    from terminal_gym_generator import families as package

    own = filter(None, os.environ.get(FAMILIES_VARIABLE, "").split(os.pathsep))
    package.__path__.extend(folder for folder in own if folder not in package.__path__)
    found: dict[str, Family] = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            is_family = isinstance(value, type) and issubclass(value, Family)
            if is_family and value.__module__ == module.name:
                found[value.name] = value()
    return dict(sorted(found.items()))


def get_family(name: str) -> Family:
    """The family of that name.

    Raises:
        UserError: There is none.
    """
    try:
        return families()[name]
    except KeyError:
        raise UserError(f"no family {name!r}", remedy=f"one of: {', '.join(families())}") from None
