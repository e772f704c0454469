"""Names of keys, as tmux spells them, and the bytes that keys, pastes and typing send."""

from __future__ import annotations

import re

_NAMED = {
    "Enter": "\r",
    "Tab": "\t",
    "Escape": "\x1b",
    "Space": " ",
    "BSpace": "\x7f",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~",
    "PPage": "\x1b[5~",
    "NPage": "\x1b[6~",
    "DC": "\x1b[3~",
    "IC": "\x1b[2~",
    "F1": "\x1bOP",
    "F2": "\x1bOQ",
    "F3": "\x1bOR",
    "F4": "\x1bOS",
    "F5": "\x1b[15~",
    "F6": "\x1b[17~",
    "F7": "\x1b[18~",
    "F8": "\x1b[19~",
    "F9": "\x1b[20~",
    "F10": "\x1b[21~",
    "F11": "\x1b[23~",
    "F12": "\x1b[24~",
}


_CONTROL_KEY, _META_KEY = re.compile(r"C-([a-zA-Z@\[\]\\^_])"), re.compile(r"M-(.)")
PASTE_BEGIN, PASTE_END = b"\x1b[200~", b"\x1b[201~"
_ENTER = b"\r"
# NUL ends readline's line; the others are the terminal's own: interrupt, quit, stop, flow control.
_UNPASTED = re.compile(r"[\x00\x03\x11\x13\x1a\x1c]")
_FALSE_END = re.compile(r"\x1b+(?=\[201~)")
_CONTROL = re.compile(rb"([\x01-\x1f\x7f])")
_QUOTE = b"\x16"  # readline's quoted-insert, and the kernel's


def pasted(text: str) -> bytes:
    """A shell input for a readline that takes a bracketed paste: literally, then Enter."""
    return PASTE_BEGIN + _lines(text).encode(errors="replace") + PASTE_END + _ENTER


def quoted(text: str) -> bytes:
    """The same for one that does not: each control character quoted, to make it one input."""
    return _CONTROL.sub(_QUOTE + rb"\1", _lines(text).encode(errors="replace")) + _ENTER


def typed(text: str, *, enter: bool = True) -> bytes:
    """What a person types to a program: Enter at the end of each line."""
    keys = text.replace("\r\n", "\r").replace("\n", "\r").encode(errors="replace")
    return keys + _ENTER if enter else keys


def _lines(text: str) -> str:
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").rstrip("\n")
    return _FALSE_END.sub("", _UNPASTED.sub("", lines))


def key_bytes(name: str) -> bytes | None:
    r"""What a key sends: `C-c`, `C-\`, `M-x`, `Enter`, `Up`, …; None when it is no key's name."""
    if name in _NAMED:
        return _NAMED[name].encode()
    if name[1:2] != "-":
        return None
    if match := _CONTROL_KEY.fullmatch(name):
        return bytes([ord(match[1].upper()) & 0x1F])
    if match := _META_KEY.fullmatch(name):
        return b"\x1b" + match[1].encode()
    return None
