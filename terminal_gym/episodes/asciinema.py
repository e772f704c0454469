"""An episode as an asciinema v2 recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from terminal_gym.episodes.episode import Episode, Step, command_of, cwd_of, shown_of
from terminal_gym.episodes.safe_text import safe_text, without_commands

_IDLE_LIMIT_S = 2.0
"""Players cut longer pauses, such as a language model's thinking, to this."""


def to_asciinema(episode: Episode, *, cols: int = 80, rows: int = 24) -> str:
    """The episode as the text of a `.cast` file.

    Each round shows prompt and command when it was sent, and the terminal's own bytes when it had
    ended. Colours and cursor movement are kept; sequences that reach beyond a player's screen
    (titles, clipboard, report requests) are not.

    Raises:
        RecordingError: A step's raw output is damaged.
    """
    header = {
        "version": 2,
        "width": cols,
        "height": rows,
        "timestamp": _epoch(episode.steps[0].timestamp),
        "idle_time_limit": _IDLE_LIMIT_S,
        "title": safe_text(episode.extra.bundle or "episode"),
    }
    events = (json.dumps([round(at, 6), "o", text]) for at, text in _events(episode))
    return (
        "\n".join([json.dumps({k: v for k, v in header.items() if v is not None}), *events]) + "\n"
    )


def _events(episode: Episode) -> Iterator[tuple[float, str]]:
    """Times never go back, also where a recording lacks them."""
    at = 0.0
    cwd, running = cwd_of(episode.steps[0]), False
    for step in episode.rounds:
        extra = step.extra
        at = max(at, extra.started_s or 0.0) if extra else at
        prompt = "" if running else f"\x1b[1m{safe_text(cwd)}$\x1b[0m "
        yield at, prompt + _crlf(safe_text(command_of(step))) + "\r\n"
        at += (extra.elapsed_s or 0.0) if extra else 0.0
        if output := _output(step):
            yield at, output
        cwd = cwd_of(step) or cwd
        running = extra is not None and extra.state == "running"


def _output(step: Step) -> str:
    raw = step.extra.raw_output() if step.extra else b""
    text = raw.decode("utf-8", "replace") if raw else _crlf(shown_of(step))
    text = without_commands(text)
    return text if not text or text.endswith("\n") else text + "\r\n"


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _epoch(timestamp: str | None) -> int | None:
    if timestamp is None:
        return None
    try:
        return int(datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp())
    except (OverflowError, ValueError):  # a year that this machine's clock does not have
        return None
