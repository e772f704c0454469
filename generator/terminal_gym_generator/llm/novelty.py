"""Whether an idea is new: compared by its words, before money is spent on it.

Copies share word sequences; paraphrases share words, whatever their order and endings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from terminal_gym_generator.gates.distance import sequences

_LENGTH = 4
_MOST_SEQUENCES, _MOST_WORDS, _MOST_OF_TITLE = 0.35, 0.6, 0.8
_STEM = 5  # letters that tell words apart, their endings left out
_LEAST = 4  # shorter words say little


@dataclass(frozen=True)
class _Print:
    name: str
    sequences: frozenset[int]
    words: frozenset[str]
    title: frozenset[str]


class Novelty:
    """The ideas so far; asked in the drafts' order, so in one thread only.

    Args:
        known: Texts of tasks that there are already, by name.
    """

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._prints = [_print(name, "", text) for name, text in known]

    def admit(self, name: str, title: str, text: str) -> str:
        """Compare with all so far, and join them; says what it is too near to, or nothing."""
        mine = _print(name, title, text)
        for other in self._prints:
            if alike := _alike(mine, other):
                return f"{alike} of {other.name}"
        self._prints.append(mine)
        return ""


def _alike(mine: _Print, other: _Print) -> str:
    measures = (
        (
            "of its phrases are those",
            _contained(mine.sequences, other.sequences),
            _MOST_SEQUENCES,
        ),
        ("of its words are those", _jaccard(mine.words, other.words), _MOST_WORDS),
        ("of its title is that", _jaccard(mine.title, other.title), _MOST_OF_TITLE),
    )
    return next((f"{share:.0%} {what}" for what, share, most in measures if share > most), "")


def _print(name: str, title: str, text: str) -> _Print:
    whole = f"{title} {text}"
    return _Print(name, sequences(whole, _LENGTH), _words(whole), _words(title))


def _words(text: str) -> frozenset[str]:
    found = re.findall(r"[^\W_]+", text.lower())
    return frozenset(word[:_STEM] for word in found if len(word) >= _LEAST)


def _contained(mine: frozenset[int], other: frozenset[int]) -> float:
    smaller = min(len(mine), len(other))
    return len(mine & other) / smaller if smaller else 0.0


def _jaccard(mine: frozenset[str], other: frozenset[str]) -> float:
    union = mine | other
    return len(mine & other) / len(union) if union else 0.0
