"""Recorded episodes as data for the report's player."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal_gym.episodes import (
    Episode,
    Step,
    checks_of,
    command_of,
    cwd_of,
    read_episodes,
    safe_text,
    shown_of,
    text_of,
)
from terminal_gym.evaluation.summary import Results

MAX_BYTES = 32 << 20
"""Of all replays together; what is beyond is left to `terminal-gym replay`."""
_MAX_TEXT = 4000
_MAX_ROUNDS = 500


def replays_json(results: Results, recording: Path) -> tuple[str, dict[str, str]]:
    """JSON that may stand inside a script element, and its key for each episode's id.

    First attempts come before second ones, so that a page that is full has some of every task.
    """
    titles = {
        result.trajectory_id: (result.attempt, f"{task.name}, attempt {result.attempt + 1}")
        for task in results.tasks
        for result in task.attempts
        if result.trajectory_id
    }
    last = max((attempt for attempt, _ in titles.values()), default=-1)
    found: dict[str, str] = {}
    left = MAX_BYTES
    # One pass per attempt instead of holding all episodes: recordings may be larger than memory.
    passes: Sequence[int | None] = range(last + 1) if _large(recording) else [None]
    for wanted in passes:
        for episode in read_episodes(recording):
            key = episode.trajectory_id or ""
            if key not in titles or (wanted is not None and titles[key][0] != wanted):
                continue
            text = _for_script(_replay(episode, titles[key][1]))
            if len(text) <= left:
                found[key] = text
                left -= len(text)
    keys = {trajectory: f"e{number}" for number, trajectory in enumerate(found)}
    body = ",".join(f'"{keys[trajectory]}":{text}' for trajectory, text in found.items())
    return f"{{{body}}}", keys


def _large(recording: Path) -> bool:
    return recording.stat().st_size > MAX_BYTES


def _replay(episode: Episode, title: str) -> dict[str, Any]:
    rounds = episode.rounds
    cwd = cwd_of(episode.steps[0])
    shown = []
    for step in rounds[:_MAX_ROUNDS]:
        shown.append(_round(step, cwd))
        cwd = cwd_of(step) or cwd
    left_out = len(rounds) - len(shown)
    return {
        "title": _short(title),
        "task": _short(episode.instruction),
        "rounds": shown,
        "end": (f"[… {left_out} more rounds …]\n" if left_out else "") + _short(_end(episode)),
    }


def _round(step: Step, cwd: str) -> dict[str, Any]:
    extra = step.extra
    said = "\n".join(filter(None, (step.reasoning_content, text_of(step.message))))
    return {
        "said": _short(said),
        "typed": _short(command_of(step)),
        "output": _short(shown_of(step)),
        "cwd": _short(cwd),
        "exit": (extra.exit_code if extra else 0) or 0,
        "seconds": round(((extra.agent_s or 0) + (extra.elapsed_s or 0)) if extra else 0.0, 2),
    }


def _end(episode: Episode) -> str:
    extra = episode.extra
    if extra.fault or not extra.valid:
        cause = extra.fault
        return f"no verdict: {f'{cause.type}: {cause.message}' if cause else 'not finished'}"
    checks, skipped = checks_of(extra.verdict).items(), (extra.verdict or {}).get("skipped")
    marks = "".join(f"\n  {'✓' if passed else '✗'} {name}" for name, passed in checks)
    if isinstance(skipped, list):
        marks += "".join(f"\n  – {name} (did not run)" for name in skipped)
    return f"reward {extra.reward or 0.0:g} ({extra.end or 'ended'}){marks}"


def _short(text: str) -> str:
    text = safe_text(text)
    if len(text) <= _MAX_TEXT:
        return text
    half = _MAX_TEXT // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters …]\n{text[-half:]}"


def _for_script(value: Any) -> str:
    """JSON without anything that could end the script element or begin a comment in it."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
