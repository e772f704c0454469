r"""How the end of a command is known: markers that bash prints, and a scanner that finds them.

Bash is given a PROMPT_COMMAND that prints an OSC sequence with a nonce of the host's choice, the
exit status and the working folder; PS0 marks where a command's own output begins, PS1 the end of
the prompt, and PS2 that more input is wanted. A prompt cannot be eaten by a program that reads its
input, as a marker typed after the command would be. It goes to /dev/tty, so that `exec > file`
loses no prompt and puts none into the file. Readline's own "\e[?2004h" says that it takes input.
"""

from __future__ import annotations

import re
import secrets
from typing import Literal, NamedTuple

_OSC = "\033]697;"
_MAX_MARKER = 16_384  # a working folder's name is at most 4,096 bytes, each escaped
READY = b"\x1b[?2004h"  # readline takes a paste
TAKEN = re.compile(rb"\x1b\[\?2004l\r(?:\r?\n)?")  # it has taken the line
_ANSWER = (
    TAKEN.pattern + rb"%bS\a([^\x1b]*)%bP;(\d+);([^\a\x1b]*)\a" + re.escape(READY) + rb"%bR;\d+\a"
)

Kind = Literal["start", "prompt", "ready", "more"]
_KINDS: dict[bytes, Kind] = {b"S": "start", b"P": "prompt", b"R": "ready", b"M": "more"}


class Marker(NamedTuple):
    """One marker in the stream.

    Attributes:
        kind: `start` of a command's output, `prompt` at its end, `ready` for input, `more` wanted.
        exit_code: The last command's status (`prompt` and `ready`).
        cwd: The shell's working folder (`prompt` only).
    """

    kind: Kind
    exit_code: int = 0
    cwd: str = ""


class MarkerProtocol:
    """The markers of one terminal, under a nonce of its own."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        head = re.escape(f"{_OSC}{self._nonce};".encode())
        self._pattern = re.compile(head + rb"([SPRM]);?(\d*);?([^\a\x1b]*)\a")
        self._answer = re.compile(_ANSWER % (head, head, head))
        self._trace = re.compile(rf"^.*{self._nonce};P;%s.*\n?", re.MULTILINE)

    def environment(self, prompt: str = "") -> dict[str, str]:
        """The variables that make bash, and bashes inside it, print markers.

        Args:
            prompt: What people are to see as the prompt.
        """
        mark = f"\\033]697;{self._nonce};"
        tell = f'builtin printf \'{mark}P;%s;%q\\a\' "$?" "${{PWD-}}" >/dev/tty'
        return {
            "PROMPT_COMMAND": tell,
            "PS0": f"\\e]697;{self._nonce};S\\a",
            "PS1": f"{prompt}\\[\\e]697;{self._nonce};R;$?\\a\\]",
            "PS2": f"\\[\\e]697;{self._nonce};M\\a\\]",
        }

    def without_traces(self, text: str) -> str:
        """`text` without the lines in which `set -x` and `set -v` show our own prompt command."""
        return self._trace.sub("", text) if self._nonce in text else text

    def answer(self, data: bytes) -> tuple[bytes, Marker] | None:
        """What a command printed, and the prompt's marker, where `data` is one command's all.

        That is: readline takes a line of which it has shown nothing, plain output, a new prompt.
        """
        if not (match := self._answer.fullmatch(data)):
            return None
        shown, code, cwd = match.groups()
        return shown, _marker(b"P", code, cwd)

    def split(self, data: bytes) -> tuple[list[bytes | Marker], bytes]:
        """Take `data` apart; gives text and markers in order, and a rest that may be half a marker.

        The caller puts the rest before the next piece of data.
        """
        pieces: list[bytes | Marker] = []
        at = 0
        for match in self._pattern.finditer(data):
            if match.start() > at:
                pieces.append(data[at : match.start()])
            pieces.append(_marker(*match.groups()))
            at = match.end()
        cut = self._half_marker(data, at)
        if cut > at:
            pieces.append(data[at:cut])
        return pieces, data[cut:]

    @staticmethod
    def _half_marker(data: bytes, at: int) -> int:
        """Where a marker may have begun that is not yet complete; the end when none has."""
        end = len(data)
        start = data.rfind(b"\x1b", max(at, end - _MAX_MARKER)) if at < end else -1
        if start < 0:
            return end
        head = _OSC.encode()
        begun = data[start : start + len(head)]
        return start if head.startswith(begun) and b"\a" not in data[start:] else end


def _marker(kind: bytes, code: bytes, cwd: bytes) -> Marker:
    status = min(int(code[:3]), 255) if code else 0
    return Marker(_KINDS[kind], status, unquote(cwd.decode(errors="replace")) if cwd else "")


def unquote(text: str) -> str:
    """Undo bash's `printf %q`: backslashes, or the $'…' form when there are control characters."""
    if "\\" not in text and "'" not in text:
        return text
    if not text.startswith("$'"):
        return "" if text == "''" else re.sub(r"\\(.)", r"\1", text)
    simple = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b"}
    simple |= {"f": "\f", "v": "\v"}
    escaped = bytearray()
    for match in re.finditer(r"\\([0-7]{3})|\\(.)|([^\\]+)", text[2:-1]):
        octal, letter, plain = match.groups()
        if octal:
            escaped.append(int(octal, 8) & 0xFF)
        else:
            escaped += (simple.get(letter, letter) if letter else plain).encode()
    return escaped.decode(errors="replace")
