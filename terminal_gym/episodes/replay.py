"""Showing an episode to a person."""

from __future__ import annotations

import time

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from terminal_gym.episodes.episode import (
    Episode,
    Step,
    checks_of,
    command_of,
    cwd_of,
    shown_of,
    text_of,
)
from terminal_gym.episodes.safe_text import safe_text


def replay(episode: Episode, console: Console, *, speed: float = 0.0) -> None:
    """Print the episode round by round: what the agent said, typed and saw, then its verdict.

    Args:
        episode: The episode; nothing in it can reach the terminal but text.
        console: Where to print.
        speed: 1 keeps the recorded pace (a pause is 2 s at most), 2 doubles it, 0 does not wait.
    """
    console.print(Rule(_text(episode.extra.bundle or "episode")))
    console.print(_text(episode.instruction or text_of(episode.steps[0].message)), "")
    cwd = cwd_of(episode.steps[0])
    for step in episode.rounds:
        _pause(step, speed)
        _show_round(step, cwd, console)
        cwd = cwd_of(step) or cwd
    console.print(Rule())
    console.print(outcome(episode))


def _show_round(step: Step, cwd: str, console: Console) -> None:
    for words in (step.reasoning_content or "", text_of(step.message)):
        if words:
            console.print(_text(words, "italic cyan"))
    console.print(_text(f"{cwd}$ ", "bold green") + _text(command_of(step), "bold"))
    if shown := shown_of(step).rstrip("\n"):
        console.print(_text(shown))
    code = step.extra.exit_code if step.extra else None
    if code:
        console.print(_text(f"[exit {code}]", "red"))
    if step.extra and step.extra.state in ("running", "incomplete"):
        console.print(_text(f"[{step.extra.state}]", "yellow"))


def outcome(episode: Episode) -> Text:
    """How an episode ended: its reward and checks, or why there is none."""
    extra = episode.extra
    if extra.fault:
        return _text(f"no verdict: {extra.fault.type}: {extra.fault.message}", "bold red")
    if extra.reward is None:
        return _text("no verdict: the episode was not finished", "bold yellow")
    checks = checks_of(extra.verdict).items()
    marks = "".join(f"\n  {'✓' if passed else '✗'} {name}" for name, passed in checks)
    style = "bold green" if extra.reward >= 1 else "bold yellow"
    return _text(f"reward {extra.reward:g} ({extra.end or 'ended'}){marks}", style)


def _pause(step: Step, speed: float) -> None:
    if speed > 0 and step.extra:
        seconds = (step.extra.agent_s or 0.0) + (step.extra.elapsed_s or 0.0)
        time.sleep(min(2.0, seconds) / speed)


def _text(words: str, style: str = "") -> Text:
    """Sanitised, and never read as markup."""
    return Text(safe_text(words), style=style)
