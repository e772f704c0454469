"""Forms of dialogue: how a chat model is told of an episode, and how its replies are acted on.

Recording, acting and training share these, so that a model is trained on the very texts it will
see. To add a form, write a class with the members of `Dialogue` and add a row to `DIALOGUES`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from terminal_gym.episodes.atif import AgentInfo, Observation, ObservationResult, ToolCall
from terminal_gym.episodes.conversations import CONFIRM, to_conversations
from terminal_gym.episodes.episode import (
    Episode,
    Step,
    StepExtra,
    command_of,
    cwd_of,
    shown_of,
    text_of,
)
from terminal_gym.errors import UserError


@dataclass(frozen=True)
class Turn:
    """One round of a dialogue."""

    user: str
    """What the model is told: the task at first, then what the terminal showed."""
    reply: str
    """The agent's own text."""


class Dialogue(Protocol):
    """A form of dialogue."""

    def turns(self, episode: Episode) -> list[Turn]:
        """One turn per round of the agent's."""

    def action(self, reply: str) -> str:
        """The shell input that a reply asks for. What cannot be understood is typed as it is."""


class ShellDialogue:
    """A reply is one shell input and nothing else.

    Args:
        prompt: What stands before the task.
    """

    PROMPT = (
        "You operate a Linux terminal. Answer each time with one shell input and nothing else; "
        "you are then shown its output. `exit` submits your work.\n\n"
    )

    def __init__(self, prompt: str = PROMPT) -> None:
        self._prompt = prompt

    def turns(self, episode: Episode) -> list[Turn]:
        """See `Dialogue`."""
        first = episode.steps[0]
        cwd = cwd_of(first)
        user = f"{self._prompt}{episode.instruction}\n\n{shown_of(first)}{cwd}$"
        turns = []
        for step in episode.rounds:
            turns.append(Turn(user, _written(step) or command_of(step)))
            cwd = cwd_of(step) or cwd
            user = self._user(step, cwd)
        return turns

    def action(self, reply: str) -> str:
        """See `Dialogue`."""
        return _without_reasoning(reply).strip("\n")

    @staticmethod
    def _user(step: Step, cwd: str) -> str:
        output = shown_of(step)
        gap = "\n" if output and not output.endswith("\n") else ""
        code = step.extra.exit_code if step.extra else None
        failed = f"[exit {code}]\n" if code else ""
        running = step.extra is not None and step.extra.state in ("running", "incomplete")
        return f"{output}{gap}{failed}{'[running]' if running else f'{cwd}$'}"


class TerminusDialogue:
    """Terminus-2's dialogue, as in LiteCoder's conversations: a reply is one JSON object."""

    def turns(self, episode: Episode) -> list[Turn]:
        """See `Dialogue`. The claim of completion stands once; being asked back is left out."""
        said = [turn["value"] for turn in to_conversations(episode)["conversations"]]
        if len(said) >= 4 and said[-2].endswith(CONFIRM):
            said = said[:-2]
        replies = [
            _written(step) or reply for step, reply in zip(episode.rounds, said[1::2], strict=True)
        ]
        return [Turn(user, reply) for user, reply in zip(said[::2], replies, strict=True)]

    def action(self, reply: str) -> str:
        """See `Dialogue`. Several commands become one input; a finished task is `exit`."""
        found = _json_object(_without_reasoning(reply))
        if found is None:
            return _without_reasoning(reply).strip()
        commands = found.get("commands")
        typed = [
            str(command["keystrokes"])
            for command in (commands if isinstance(commands, list) else [])
            if isinstance(command, dict) and "keystrokes" in command
        ]
        text = "".join(key if key.endswith("\n") else key + "\n" for key in typed if key)
        if not text and found.get("task_complete") is True:
            return "exit"
        return text.rstrip("\n")


DIALOGUES: dict[str, type[Any]] = {"terminus": TerminusDialogue, "shell": ShellDialogue}
"""Name -> class."""


def make_dialogue(name: str) -> Dialogue:
    """The form of that name.

    Raises:
        UserError: There is none.
    """
    if name not in DIALOGUES:
        raise UserError(f"no dialogue {name!r}", remedy=f"choose one of {', '.join(DIALOGUES)}")
    form: Dialogue = DIALOGUES[name]()
    return form


class DialogueSoFar:
    """An episode while it is played, for an agent that is told of it in some form.

    Args:
        form: The form of dialogue.
        observation: What `reset` gave.
    """

    def __init__(self, form: Dialogue, observation: Any) -> None:
        self._form = form
        results = [ObservationResult(content=str(observation["output"]))]
        self._steps = [
            Step(
                step_id=1,
                source="user",
                message=str(observation["instruction"]),
                observation=Observation(results=results) if observation["output"] else None,
                extra=StepExtra(cwd=str(observation["cwd"])),
            )
        ]

    def next_user(self) -> str:
        """What the model is to be told now."""
        waiting = _agent_step(len(self._steps) + 1, "true", "", None)
        episode = Episode(agent=AgentInfo(name="", version=""), steps=[*self._steps, waiting])
        return self._form.turns(episode)[-1].user

    def add(self, action: str, observation: Any, reply: str = "") -> None:
        """Take in a round: what was typed, what it gave, what the model wrote."""
        code = int(observation["exit_code"])
        extra = StepExtra(
            cwd=str(observation["cwd"]),
            exit_code=code if code >= 0 else None,
            state="running" if observation["running"] else "done",
        )
        number = len(self._steps) + 1
        self._steps.append(_agent_step(number, action, str(observation["output"]), extra, reply))


def _agent_step(
    number: int, command: str, output: str, extra: StepExtra | None, message: str = ""
) -> Step:
    call = ToolCall(
        tool_call_id=f"call_{number}", function_name="bash", arguments={"command": command}
    )
    result = ObservationResult(source_call_id=call.tool_call_id, content=output)
    return Step(
        step_id=number,
        source="agent",
        message=message,
        tool_calls=[call],
        observation=Observation(results=[result]),
        extra=extra,
    )


def _written(step: Step) -> str | None:
    """The reply itself, where a language model wrote it."""
    return text_of(step.message) if step.llm_call_count else None


_REASONING = re.compile(r"^.*?</think>\n*", re.DOTALL)


def _without_reasoning(reply: str) -> str:
    return _REASONING.sub("", reply, count=1)


def _json_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text; replies come with fences and remarks around it."""
    decoder = json.JSONDecoder(strict=False)
    for match in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and ("commands" in value or "task_complete" in value):
            return value
    return None
