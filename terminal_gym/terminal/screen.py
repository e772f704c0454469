"""The terminal's screen, as a person would see it; drawn only when somebody looks."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyte

_AT_ESCAPES = re.compile(rb"(?=\x1b)")
_BACKLOG = 1 << 18  # more than any screen holds; older bytes can no longer be seen


class Screen:
    """A pyte screen that is fed lazily.

    Args:
        rows: Height.
        cols: Width.
    """

    def __init__(self, rows: int, cols: int) -> None:
        self._rows, self._cols = rows, cols
        self._backlog = bytearray()
        self._screen: pyte.Screen | None = None
        self._stream: pyte.ByteStream | None = None

    def feed(self, data: bytes) -> None:
        """Take in what the PTY printed."""
        self._backlog += data[-_BACKLOG:]
        if len(self._backlog) > 2 * _BACKLOG:
            del self._backlog[:-_BACKLOG]

    def text(self) -> str:
        """The screen's lines, without trailing blanks."""
        # Not pyte's `display`, which raises IndexError where half a wide character is left.
        buffer = self.draw().buffer
        rows = [[buffer[row][col].data for col in range(self._cols)] for row in range(self._rows)]
        return "\n".join(_line(cells).rstrip() for cells in rows)

    def draw(self) -> pyte.Screen:
        """The pyte screen, up to date."""
        if self._screen is None:
            import pyte

            self._screen = _tolerant(pyte.Screen)(self._cols, self._rows)
            self._stream = pyte.ByteStream(self._screen)
        for piece in _AT_ESCAPES.split(bytes(self._backlog)):
            self._feed(piece)
        self._backlog.clear()
        return self._screen

    def _feed(self, piece: bytes) -> None:
        """Give the parser an escape sequence with the text after it; what breaks it is left out."""
        from pyte import ByteStream

        assert self._screen is not None and self._stream is not None
        try:
            self._stream.feed(piece)
        except Exception:  # such as int("²"), a digit to pyte; the parser is dead after it
            self._stream = ByteStream(self._screen)


def _line(cells: list[str]) -> str:
    """Cells as text; the empty cell after a wide character is part of it, any other a blank."""
    from pyte.screens import wcwidth

    line = ""
    for before, cell in zip(["", *cells], cells, strict=False):
        line += cell or ("" if before and wcwidth(before[0]) == 2 else " ")
    return line


def _tolerant(screen: type[pyte.Screen]) -> type[pyte.Screen]:
    """A kind of screen that ignores sequences with arguments that it does not expect.

    pyte 0.8 raises TypeError and others at them, and what is printed is the agent's to choose.
    """
    from pyte import Stream

    def ignoring(name: str) -> Callable[..., None]:
        def handle(self: pyte.Screen, *args: Any, **kwargs: Any) -> None:
            with contextlib.suppress(Exception):
                getattr(screen, name)(self, *args, **kwargs)

        return handle

    return type("TolerantScreen", (screen,), {name: ignoring(name) for name in Stream.events})
