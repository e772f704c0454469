"""Episodes as LiteCoder-SFT conversations: the Terminus-2 dialogue, from `human` and `gpt`.

The first human turn holds the prompt, the task and the terminal's state, each later one the new
output; each reply is one JSON object with analysis, plan, commands and task_complete. A claim
of completion is asked back once and repeated, as that harness does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from terminal_gym.episodes.episode import Episode, Step, command_of, cwd_of, shown_of, text_of

PROMPT = """\
You operate a Linux terminal to carry out the task below. You see what the terminal shows, and \
answer with the next keystrokes for it.

Answer with one JSON object and nothing else:

{
  "analysis": "what the terminal shows, what is done, what is left",
  "plan": "what you do next, and what you expect to see",
  "commands": [
    {"keystrokes": "ls -la\\n", "duration": 0.1}
  ],
  "task_complete": false
}

- "analysis", "plan" and "commands" are required. An empty "commands" list waits.
- "keystrokes" are typed exactly as given, so a command ends with \\n. C-c and C-d, alone, are \
those control keys.
- "duration" is how many seconds to wait before the terminal is looked at (default 1.0, at most \
60). Empty keystrokes wait longer.
- "task_complete" is true once the task is done and checked; you are then asked once more, and \
repeat it."""

CONFIRM = """\
You reported the task as complete. It will be graded as it stands, and nothing can be changed \
afterwards. Repeat "task_complete": true if that is right; otherwise go on."""

_SUBMIT = re.compile(r"\s*(exit|logout)(\s+\d+)?\s*")
_CONTROL_KEY = re.compile(r"(C-[a-z\\\]^_@]|\^[A-Z])")


def to_conversations(episode: Episode, *, prompt: str = PROMPT) -> dict[str, Any]:
    """`{"id": …, "conversations": [{"from": "human" | "gpt", "value": …}, …]}`.

    Args:
        episode: Any episode; choosing the good ones is the caller's.
        prompt: What the first turn opens with, if not this module's own text (a model meant for
            one harness is best trained on that harness's prompt).
    """
    turns = [turn for pair in _rounds(episode, prompt) for turn in pair]
    return {
        "id": episode.trajectory_id or episode.session_id or "",
        "conversations": [
            {"from": "gpt" if position % 2 else "human", "value": value}
            for position, value in enumerate(turns)
        ],
    }


def _rounds(episode: Episode, prompt: str) -> Iterator[tuple[str, str]]:
    """(what the human says, what the model replies), in order."""
    cwd = cwd_of(episode.steps[0])
    seen = shown_of(episode.steps[0]).rstrip("\n")
    state = f"{seen}\n{_shell_prompt(cwd)}" if seen else _shell_prompt(cwd)
    human = (
        f"{prompt}\n\nTask Description:\n{episode.instruction}\n\nCurrent terminal state:\n{state}"
    )
    running = False
    for step in episode.rounds:
        command = command_of(step)
        if _submits(step, episode):
            reply = _reply(step, [], complete=True)
            yield human, reply
            yield f"New Terminal Output:\n{_shell_prompt(cwd)}\n\n{CONFIRM}", reply
            return
        yield human, _own_json(step) or _reply(step, [_keystrokes(step, running)], complete=False)
        typed = command if running else f"{_shell_prompt(cwd)}{command}"
        cwd, running = cwd_of(step) or cwd, _is_running(step)
        after = "" if running else _shell_prompt(cwd)
        output = shown_of(step)
        gap = "\n" if output and not output.endswith("\n") else ""
        human = f"New Terminal Output:\n{typed}\n{output}{gap}{after}"


def _submits(step: Step, episode: Episode) -> bool:
    return (
        step is episode.rounds[-1]
        and episode.extra.terminated
        and _SUBMIT.fullmatch(command_of(step)) is not None
    )


def _own_json(step: Step) -> str | None:
    """The agent's reply itself, where it already has this form."""
    message = text_of(step.message)
    try:
        reply = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(reply, dict) and "commands" in reply else None


def _reply(step: Step, commands: list[dict[str, Any]], *, complete: bool) -> str:
    reply = {
        "analysis": step.reasoning_content or "",
        "plan": text_of(step.message),
        "commands": commands,
        "task_complete": complete,
    }
    return json.dumps(reply, ensure_ascii=False)


def _keystrokes(step: Step, running: bool) -> dict[str, Any]:
    command = command_of(step)
    is_key = running and _CONTROL_KEY.fullmatch(command)
    return {"keystrokes": command if is_key else command + "\n", "duration": _duration(step)}


def _duration(step: Step) -> float:
    """What a careful agent would have waited: 0.1 s for what is immediate, else whole seconds."""
    elapsed = (step.extra.elapsed_s if step.extra else None) or 0.0
    return 0.1 if elapsed < 0.1 else float(math.ceil(elapsed))


def _shell_prompt(cwd: str) -> str:
    return f"{cwd}$ "


def _is_running(step: Step) -> bool:
    return step.extra is not None and step.extra.state == "running"
