"""A call as it is meant, before any server's dialect; its key names it for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from terminal_gym_generator.llm.calls.messages import Message, Tool

_FORM = """\
Answer with one JSON object and nothing else. It must fit this JSON schema:
{schema}"""


class Request(BaseModel):
    """One call. Equal requests are one call: they have one key, and one reply is kept for it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["chat", "raw"]
    model: str
    parameters: Mapping[str, Any]
    messages: tuple[Message, ...] = ()
    form: dict[str, Any] | None = None
    """The wanted JSON schema."""
    tools: tuple[dict[str, Any], ...] = ()
    prompt: str = ""
    stop: tuple[str, ...] = ()
    again: int = 0

    @property
    def key(self) -> str:
        """A hash over all of it."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    @property
    def length(self) -> int:
        """Of what the model has to read, in bytes."""
        parts = [self.prompt, *map(str, self.tools)]
        for message in self.messages:
            parts += [message.content, *(str(call.arguments) for call in message.tool_calls)]
        return sum(len(part.encode("utf-8", "replace")) for part in parts)


def chat_request(
    model: str,
    parameters: Mapping[str, Any],
    messages: Sequence[Message],
    schema: type[BaseModel] | None,
    tools: Sequence[Tool],
    again: int,
) -> Request:
    """A chat. The wanted form is told in words as well: not every server shows it to its model."""
    form = _schema(schema) if schema else None
    if form:
        messages = told(messages, _FORM.format(schema=json.dumps(form)))
    return Request(
        kind="chat",
        model=model,
        parameters=dict(parameters),
        messages=tuple(messages),
        form=form,
        tools=tuple(
            {"name": t.name, "description": t.description, "parameters": _schema(t.arguments)}
            for t in tools
        ),
        again=again,
    )


def told(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """The conversation with `text` at the end of its system message."""
    if messages and messages[0].role == "system":
        first = messages[0].model_copy(update={"content": f"{messages[0].content}\n\n{text}"})
        return (first, *messages[1:])
    return (Message(role="system", content=text), *messages)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()
