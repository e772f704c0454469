"""Spaces for text that may be anything a terminal prints."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Text

_SAMPLE = "abcdefghijklmnopqrstuvwxyz0123456789 -_./"  # nothing that runs two programs at once
_SAMPLE_LENGTHS = (8, 32)


class UnicodeText(Text):
    """Any Unicode text up to a length, the empty one included.

    Gymnasium's own `Text` wants a set of characters and refuses the empty text by default; all of
    Unicode as a set takes seconds to build. Samples are short, of characters that shells take as
    words, so that the same input gives the same output (`check_env` steps with samples).

    Args:
        max_length: In characters.
        seed: For sampling.
    """

    def __init__(self, max_length: int, *, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset=_SAMPLE, seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A short text; masks are not supported.

        Raises:
            ValueError: A mask or probabilities were given.
        """
        if mask is not None or probability is not None:
            raise ValueError("UnicodeText samples without masks")
        low, high = (min(length, self.max_length) for length in _SAMPLE_LENGTHS)
        letters = self.np_random.choice(list(_SAMPLE), self.np_random.integers(low, high + 1))
        return "".join(letters)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a text that is not too long."""
        return isinstance(x, str) and len(x) <= self.max_length

    def __repr__(self) -> str:
        return f"UnicodeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and self.max_length == other.max_length

    __hash__ = None  # type: ignore[assignment]
