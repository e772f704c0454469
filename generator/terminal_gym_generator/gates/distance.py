"""The distance gate: unlike every other bundle, and unlike the public benchmarks.

Instructions of different families must share few 5-word sequences. Bundles of one family share
their phrasing by nature, so that there the whole task is compared, with the world's files: what is
left is the amount that is made anew for each instance.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path

from terminal_gym.errors import UserError
from terminal_gym_generator.gates.trial import Rejected
from terminal_gym_generator.records import TaskRecord

_WORDS, _PUBLIC_WORDS = 5, 8
_MOST_OF_OTHERS, _MOST_OF_KIN, _MOST_OF_PUBLIC = 0.5, 0.9, 0.2
_SKETCH = 400
_LONGEST_FILE = 200_000
_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True)
class _Print:
    """What is kept of a bundle for comparison."""

    id: str
    families: frozenset[str]
    instruction: frozenset[int]
    whole: frozenset[int]
    """The smallest hashes of all sequences (a bottom-k sketch), whose overlap estimates Jaccard."""


class Neighbours:
    """The bundles so far, and the public texts; safe only in one thread, which keeps their order.

    Args:
        public: Instruction texts of public benchmarks.
    """

    def __init__(self, public: Sequence[str] = ()) -> None:
        self._prints: list[_Print] = []
        self._public = [sequences(text, _PUBLIC_WORDS) for text in public]

    def admit(self, record: TaskRecord) -> str:
        """Compare with all so far and join them; gives the gate's detail.

        Raises:
            Rejected: It is too near to one; it does not join.
        """
        mine = _print(record)
        detail = self._compare(record, mine)
        self._prints.append(mine)
        return detail

    def compare(self, record: TaskRecord) -> str:
        """Compare with all so far; gives the gate's detail.

        Raises:
            Rejected: It is too near to one.
        """
        return self._compare(record, _print(record))

    def _compare(self, record: TaskRecord, mine: _Print) -> str:
        assert record.instruction
        public = self._nearest_public(record.instruction.text)
        if public > _MOST_OF_PUBLIC:
            raise Rejected(
                f"{public:.0%} of its {_PUBLIC_WORDS}-word sequences are in a public text"
            )
        nearest, where = 0.0, ""
        for other in self._prints:
            if other.id == mine.id:
                raise Rejected("there is a bundle of that name already")
            kin = bool(mine.families & other.families)
            limit = _MOST_OF_KIN if kin else _MOST_OF_OTHERS
            share = _jaccard(mine.whole, other.whole) if kin else _contained(mine, other)
            if share > limit:
                raise Rejected(f"{share:.0%} of it is in {other.id}")
            nearest, where = max((nearest, where), (share, other.id))
        return f"nearest: {where} with {nearest:.0%}" if where else "the first of its kind"

    def _nearest_public(self, text: str) -> float:
        mine = sequences(text, _PUBLIC_WORDS)
        return max((len(mine & one) / len(mine) for one in self._public if mine), default=0.0)


def sequences(text: str, length: int) -> frozenset[int]:
    """Hashes of all `length`-word sequences of a text, in lower case."""
    words = _TOKEN.findall(text.lower())
    return frozenset(
        zlib.crc32(" ".join(words[at : at + length]).encode())
        for at in range(len(words) - length + 1)
    )


def read_public(path: Path) -> list[str]:
    """Public instruction texts: files of a folder (instruction.md, task.yaml, *.txt), or one file.

    Raises:
        UserError: There is nothing to read.
    """
    names = ("**/instruction.md", "**/task.yaml", "**/*.txt")
    files = [one for name in names for one in sorted(path.glob(name))] if path.is_dir() else [path]
    try:
        texts = [one.read_text(encoding="utf-8", errors="replace") for one in files]
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", remedy="give a folder of texts") from error
    if not texts:
        raise UserError(
            f"{path}: no instruction.md, task.yaml or *.txt below it",
            remedy="give the folder of a public task set",
        )
    return texts


def _print(record: TaskRecord) -> _Print:
    assert record.instruction and record.environment
    files = record.environment.files.values()
    whole = set(
        _all_sequences([record.instruction.text, *(f.content for f in files if not f.base64)])
    )
    whole.update(number for file in files if file.base64 for number in _blocks(file.content))
    return _Print(
        id=record.draft.id,
        families=frozenset(record.draft.families),
        instruction=sequences(record.instruction.text, _WORDS),
        whole=frozenset(nsmallest(_SKETCH, whole)),
    )


def _all_sequences(texts: Iterable[str]) -> Iterable[int]:
    for text in texts:
        yield from sequences(text[:_LONGEST_FILE], _WORDS)


def _blocks(content: str) -> Iterable[int]:
    """Hashes of a binary file's blocks of 24 bytes, in base64."""
    return (zlib.crc32(content[at : at + 32].encode()) for at in range(0, len(content), 32))


def _contained(one: _Print, other: _Print) -> float:
    smaller = min(len(one.instruction), len(other.instruction))
    return len(one.instruction & other.instruction) / smaller if smaller else 0.0


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """Estimated from the smallest hashes of the union."""
    union = nsmallest(_SKETCH, one | other)
    return sum(value in one and value in other for value in union) / len(union) if union else 0.0
