"""How an author is asked: one structured call, or a conversation with a machine at hand.

Either way what is handed in is looked at, and what is wrong with it is said at once; an author who
hands in what does not do time and again costs the draft, with the last reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym_generator.gates.trial import one_line
from terminal_gym_generator.llm.bench import Bench
from terminal_gym_generator.llm.calls import Caller, Message, Tool, ToolCall, tool_result, user
from terminal_gym_generator.llm.forms import Command
from terminal_gym_generator.llm.problems import StageFailed

Form = TypeVar("Form", bound=BaseModel)
Look = Callable[[Form], str]
"""Says what is wrong with what was handed in, or nothing."""

RUN = Tool(
    "run",
    "Run a bash command on the machine and see what it prints. The shell goes on between calls.",
    Command,
)
_WARN_AT = 3
_KEPT = 6
"""The latest messages, which are never shortened."""
_LEFT_OUT = "[left out here: the conversation has become long]"
_USE_A_TOOL = "Use one of the tools: `run` to work on the machine, `submit` to hand in."


class Patience(BaseModel):
    """How long an author is listened to."""

    model_config = ConfigDict(frozen=True)

    turns: int = Field(default=30, ge=2, description="of a conversation with a machine")
    tries: int = Field(default=3, ge=1, description="at handing in what does")
    characters: int = Field(
        default=200_000, ge=10_000, description="of a conversation; older output is left out"
    )


def ask(
    caller: Caller,
    stage: str,
    task: str,
    opening: Sequence[Message],
    form: type[Form],
    look: Look[Form],
    patience: Patience,
) -> Form:
    """A stage's answer by a structured call; again with what was wrong, as patience lasts.

    Raises:
        StageFailed: None of the answers does.
    """
    messages = list(opening)
    problem = ""
    for _ in range(patience.tries):
        answer = caller.chat(stage, task, messages, schema=form)
        made = answer.read(form)
        problem = look(made)
        if not problem:
            return made
        messages += [answer.message(), user(f"That does not do: {problem}\nGive it again, mended.")]
    raise StageFailed(stage, one_line(problem, 500))


def converse(
    caller: Caller,
    stage: str,
    task: str,
    opening: Sequence[Message],
    form: type[Form],
    look: Look[Form],
    patience: Patience,
    bench: Bench,
) -> Form:
    """A stage's answer by a conversation in which the author works on a machine.

    Raises:
        StageFailed: Nothing was handed in in time, or nothing that does.
    """
    talk = _Talk(form, look, patience, bench)
    messages = list(opening)
    for left in reversed(range(patience.turns)):
        shorten(messages, patience.characters)
        answer = caller.chat(stage, task, messages, tools=(RUN, submit_of(form)))
        messages.append(answer.message())
        if not answer.tool_calls:
            messages.append(user(_USE_A_TOOL + _time_left(left)))
        for call in answer.tool_calls:
            told = talk.use(call)
            if talk.made is not None:
                return talk.made
            messages.append(tool_result(call, told + _time_left(left)))
        if talk.tries_left == 0:
            raise StageFailed(stage, one_line(talk.problem, 500))
    problem = f"; the last: {one_line(talk.problem, 300)}" if talk.problem else ""
    raise StageFailed(stage, f"nothing that does was handed in in {patience.turns} turns{problem}")


def submit_of(form: type[BaseModel]) -> Tool:
    """The tool that hands in."""
    return Tool("submit", "Hand in the finished work. It is looked at, and may be refused.", form)


class _Talk(Generic[Form]):
    """What has been handed in so far."""

    def __init__(
        self, form: type[Form], look: Look[Form], patience: Patience, bench: Bench
    ) -> None:
        self._form = form
        self._look = look
        self._bench = bench
        self.tries_left = patience.tries
        self.problem = ""
        self.made: Form | None = None

    def use(self, call: ToolCall) -> str:
        """Carry out a call; gives what the model is told."""
        if call.name == RUN.name:
            return self._bench.run(Command.model_validate(call.arguments).command)
        made = self._form.model_validate(call.arguments)
        self.problem = self._look(made)
        if not self.problem:
            self.made = made
            return ""
        self.tries_left -= 1
        return f"Refused: {self.problem}\nMend it, and submit the whole again."


def shorten(messages: list[Message], most: int) -> None:
    """Leave out what a machine printed first, where a conversation has more than `most` characters.

    It is cut to half of them, so that its beginning then stays the same for a while and servers can
    read it from their cache.
    """
    left = sum(map(_length, messages))
    if left <= most:
        return
    for at, message in enumerate(messages[:-_KEPT]):
        if left <= most // 2:
            return
        if message.role == "tool" and len(message.content) > len(_LEFT_OUT):
            left -= len(message.content) - len(_LEFT_OUT)
            messages[at] = message.model_copy(update={"content": _LEFT_OUT})


def _length(message: Message) -> int:
    return len(message.content) + sum(len(str(call.arguments)) for call in message.tool_calls)


def _time_left(left: int) -> str:
    return f"\n[{left} turns are left; submit in time]" if 0 < left <= _WARN_AT else ""
