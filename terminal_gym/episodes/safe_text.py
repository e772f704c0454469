"""Recorded output made harmless for a person's own terminal.

Whatever an agent printed may hold escape sequences that retitle the window, write the clipboard
or answer back as keystrokes. `safe_text` leaves readable text; `without_commands` keeps colours
and cursor movement for a player and takes out the sequences that reach beyond the screen.
"""

from __future__ import annotations

import re

_STRING_SEQUENCE = (
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|(?=\x1b)|$)"
)
"""OSC, DCS, SOS, PM and APC, up to their terminator, the next escape, or the end."""
_CONTROL_SEQUENCE = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
_SHORT_ESCAPE = r"\x1b[ -/]*[0-~]?"
_ANY_ESCAPE = re.compile(f"{_STRING_SEQUENCE}|{_CONTROL_SEQUENCE}|{_SHORT_ESCAPE}")
_DRAWING = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]")
_ASKS_BACK = re.compile(r"\x1b\[(?:[0-?]*[cntx]|>[0-9]*q|\?u|[0-?]*\$p)|\x1bZ")
"""Sequences a terminal answers by typing: attribute, cursor, window and mode reports."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_DECEPTIVE = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Text-direction overrides, and lone surrogates, which no terminal can be sent."""


def safe_text(text: str) -> str:
    """`text` without escape sequences, control characters or text-direction overrides.

    Newlines and tabs stay; a carriage return before a newline goes, any other becomes a newline.
    """
    text = _ANY_ESCAPE.sub("", text)
    text = re.sub(r"\r+\n", "\n", text).replace("\r", "\n")
    return _DECEPTIVE.sub("\ufffd", _CONTROLS.sub("", text))


def without_commands(text: str) -> str:
    """`text` for a terminal player: titles, clipboard writes and report requests taken out."""
    return _ANY_ESCAPE.sub(_keep_drawing, text).replace("\x05", "")


def _keep_drawing(match: re.Match[str]) -> str:
    """The sequence, if it is whole and only draws.

    Judged one by one in a single pass, so that what is left cannot join into a new sequence.
    """
    sequence = match.group()
    draws = _DRAWING.fullmatch(sequence) and not _ASKS_BACK.fullmatch(sequence)
    return sequence if draws else ""
