"""Spaces for text that may be anything a terminal prints."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Text

_SAMPLE = "abcdefghijklmnopqrstuvwxyz0123456789 -_./|\n"


class UnicodeText(Text):
    """Any Unicode text up to a length, the empty one included.

    Gymnasium's own `Text` wants a set of characters and refuses the empty text by default; all of
    Unicode as a set takes seconds to build. Samples are drawn from characters that shells use.

    Args:
        max_length: In characters.
        seed: For sampling.
    """

    def __init__(self, max_length: int, *, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset=_SAMPLE, seed=seed)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a text that is not too long."""
        return isinstance(x, str) and len(x) <= self.max_length

    def __repr__(self) -> str:
        return f"UnicodeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and self.max_length == other.max_length

    __hash__ = None  # type: ignore[assignment]
