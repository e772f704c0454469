"""How a chat model is told of a task, and how its replies are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from terminal_gym.env.wrappers import parse_reply
from terminal_gym.episodes.conversations import CONFIRM, PROMPT
from terminal_gym.errors import UserError
from terminal_gym.terminal.keys import key_bytes


@dataclass(frozen=True)
class Decision:
    """What a reply asks for."""

    inputs: list[str]
    """Shell inputs, in order."""
    complete: bool = False
    """It says that the task is done; it is asked once whether that is so."""
    waits: list[float] = field(default_factory=list)
    """How long each input is to be given while it runs, seconds; none: one step."""


class Form(Protocol):
    """A form of dialogue."""

    confirm: str
    """What a claim of completion is answered with."""

    def opening(self, observation: Any) -> str:
        """The first message: how to answer, and the task."""

    def shown(self, rounds: Sequence[tuple[str, Any]], cwd: str) -> str:
        """What inputs gave, as (input, observation); `cwd` was the folder before them."""

    def read(self, reply: str) -> Decision:
        """What a reply asks for.

        Raises:
            ValueError: What is wrong with it.
        """


class FencedForm:
    """One command per turn, in a fenced block."""

    confirm = ""
    _PROMPT = """\
You operate a Linux terminal to carry out the task below. In each reply, think briefly, then give \
exactly one shell input in a fenced block:

```bash
ls -la
```

- An input may have several lines. You are then shown its output, exit code and folder.
- Where it holds ``` itself, fence it with four backticks.
- While a program still runs, the block's text is typed to it; C-c, C-d and such are keys; an \
empty block waits.
- The input `exit` submits your work for grading; give it once all is done and checked.

# Task

"""
    _FENCE = re.compile(
        r"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n`]*\n"
        r"(?P<text>.*?)^(?P=fence)[ \t]*$",
        re.DOTALL | re.MULTILINE,
    )
    _SHELLS = ("bash", "sh", "shell", "console", "terminal")

    def opening(self, observation: Any) -> str:
        """See `Form`."""
        return f"{self._PROMPT}{observation['instruction'].rstrip()}\n\n[cwd: {observation['cwd']}]"

    def shown(self, rounds: Sequence[tuple[str, Any]], cwd: str) -> str:
        """See `Form`."""
        return "\n".join(self._one(observation) for _, observation in rounds)

    def read(self, reply: str) -> Decision:
        """See `Form`."""
        blocks = [
            (match["language"].lower(), match["text"]) for match in self._FENCE.finditer(reply)
        ]
        meant = [text for language, text in blocks if language in self._SHELLS]
        meant = meant or [text for language, text in blocks if not language]
        if len(meant) == 1:
            return Decision([meant[0].rstrip("\n")])
        if meant:
            raise ValueError(f"there are {len(meant)} fenced blocks, where one is needed")
        if blocks:
            raise ValueError(f"the fenced block says {blocks[0][0]}, not bash")
        raise ValueError("there is no fenced block ```bash … ``` in it")

    @staticmethod
    def _one(observation: Any) -> str:
        if observation["running"]:
            state = "still running: input goes to the program; C-c interrupts it"
        elif observation["exit_code"] == -1:
            state = "no exit code"
        else:
            state = f"exit code: {observation['exit_code']}"
        text = observation["output"]
        newline = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{newline}[{state}, cwd: {observation['cwd']}]"


class TerminusForm:
    """Terminus-2's: a JSON object with analysis, plan, commands and task_complete.

    Keystrokes are given as inputs: those without a final Enter are joined with what follows, and
    Enter ends the last. An input waits for its end, at most the environment's `step_timeout_s`, or
    its `duration` where that is longer.
    """

    confirm = CONFIRM

    def opening(self, observation: Any) -> str:
        """See `Form`."""
        return (
            f"{PROMPT}\n\nTask Description:\n{observation['instruction'].rstrip()}\n\n"
            f"Current terminal state:\n{observation['output']}{observation['cwd']}$ "
        )

    def shown(self, rounds: Sequence[tuple[str, Any]], cwd: str) -> str:
        """See `Form`."""
        text, running = "", False
        for typed, observation in rounds:
            if typed or not running:
                text += f"{typed}\n" if running else f"{cwd}$ {typed}\n"
            output = observation["output"]
            text += output + ("" if not output or output.endswith("\n") else "\n")
            cwd, running = observation["cwd"] or cwd, bool(observation["running"])
        return f"New Terminal Output:\n{text}{'' if running else f'{cwd}$ '}"

    def read(self, reply: str) -> Decision:
        """See `Form`."""
        commands, complete = parse_reply(reply)
        inputs: list[str] = []
        waits: list[float] = []
        waiting = ""
        for keystrokes, duration in commands:
            if key_bytes(keystrokes.strip()) is not None:
                inputs += [waiting] if waiting else []
                inputs.append(keystrokes.strip())
                waiting = ""
            elif keystrokes.endswith(("\n", "\r")) or not keystrokes:
                whole = waiting + keystrokes
                inputs.append("Enter" if whole and not whole.strip() else whole.rstrip("\r\n"))
                waiting = ""
            else:
                waiting += keystrokes
            waits += [duration] * (len(inputs) - len(waits))
        if waiting:
            inputs.append(waiting)
            waits.append(commands[-1][1])
        return Decision(inputs, complete, waits)


FORMS: dict[str, type[FencedForm] | type[TerminusForm]] = {
    "fenced": FencedForm,
    "terminus": TerminusForm,
}
"""Name -> class."""


def make_form(name: str) -> Form:
    """The form of that name.

    Raises:
        UserError: There is none.
    """
    if name not in FORMS:
        raise UserError(f"no form {name!r}", remedy=f"choose one of {', '.join(FORMS)}")
    return FORMS[name]()
