"""A command's output: kept up to a cap, head and tail, and cleaned for reading."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\a\x1b]*(?:\a|\x1b\\|$)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # other escapes
    r"|[\x01-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]"  # control characters without a meaning on paper
)
_ERASE_END, _ERASE_LINE = re.compile(r"\x1b\[0?K"), "\x1b[2K"
_PLAIN = bytes([*b"\t\n", *range(0x20, 0x7F), *range(0x80, 0x100)])  # but for what is not:
_C1 = re.compile("[\x80-\x9f]")  # control characters, of two bytes each in UTF-8
_ERASED = "\0"  # stands for the rest of a line erased, once the NULs of the output are gone


class Output:
    """Bytes up to a cap: the first half of it, and the last.

    Args:
        cap: How many bytes to keep.
    """

    def __init__(self, cap: int) -> None:
        self._half = max(cap // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        """Append; memory stays below three halves of the cap."""
        self.total += len(data)
        room = self._half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data[-2 * self._half :]
            if len(self._tail) > 2 * self._half:
                del self._tail[: -self._half]

    def extend(self, other: Output) -> None:
        """Append what another one has kept, and count what it has not."""
        if other.total:
            self.add(other.kept())
            self.total += other.omitted

    def clear(self) -> None:
        """Forget everything."""
        self.__init__(2 * self._half)  # type: ignore[misc]

    @property
    def omitted(self) -> int:
        """How many bytes are not kept."""
        return self.total - len(self._head) - min(len(self._tail), self._half)

    def kept(self) -> bytes:
        """Head and tail, joined."""
        return bytes(self._head + self._tail[-self._half :] if self._tail else self._head)

    def text(self) -> str:
        """The output for reading; a line says how much was left out, and where."""
        if not self.omitted:
            return clean(self.kept())
        tail = clean(bytes(self._tail[-self._half :]))
        head = clean(bytes(self._head))
        return f"{head}\n[… {self.omitted} bytes omitted …]\n{tail}"


def clean(data: bytes) -> str:
    """Text as one would read it on paper: no escape sequences, carriage returns carried out."""
    if not data:
        return ""
    data = data.replace(b"\r\n", b"\n")
    text = data.decode("utf-8", errors="replace")
    if not (data.translate(None, _PLAIN) or _C1.search(text)):  # seen sooner than cleaned
        return text
    text = text.replace("\0", "").replace(_ERASE_LINE, f"\r{_ERASED}")
    text = _CONTROL.sub("", _ERASE_END.sub(_ERASED, text))
    if "\r" in text or "\b" in text or _ERASED in text:
        text = "\n".join(_overwrite(line) for line in text.split("\n"))
    return text


def _overwrite(line: str) -> str:
    """Carry out carriage returns and backspaces within a line."""
    if "\r" not in line and "\b" not in line:
        return line.replace(_ERASED, "")
    cells: list[str] = []
    column = 0
    for part in re.split(f"([\r\b{_ERASED}])", line):
        if part == _ERASED:
            del cells[column:]
        elif part == "\r":
            column = 0
        elif part == "\b":
            column = max(0, column - 1)
        elif part:
            cells[column : column + len(part)] = part
            column += len(part)
    return "".join(cells)


def cut(text: str, limit: int) -> str:
    """At most about `limit` characters: head and tail around a line that says what is missing."""
    if len(text) <= limit:
        return text
    half = limit // 2
    missing = len(text[half : len(text) - half].encode())
    return f"{text[:half]}\n[… {missing} bytes omitted …]\n{text[len(text) - half :]}"
