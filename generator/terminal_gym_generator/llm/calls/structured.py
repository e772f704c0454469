"""From a reply's text to a value of the wanted schema, or to what is wrong, told to the model."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from terminal_gym_generator.llm.calls.messages import Tool, ToolCall

_THOUGHT = re.compile(r"^.*?</think>\s*", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)
_MOST_PROBLEMS = 8


class MalformedError(ValueError):
    """The reply is not of the wanted form; the message tells the model why."""


def said(text: str) -> str:
    """A reply without the thoughts that some servers leave in it."""
    return _THOUGHT.sub("", text, count=1)


def read(text: str, schema: type[BaseModel]) -> BaseModel:
    """The value in a reply.

    Raises:
        MalformedError: There is no JSON object in it, or one that does not fit.
    """
    return _validated(_object(text), schema, "the JSON object")


def read_calls(raw: Sequence[tuple[str, str]], tools: Sequence[Tool], used: int) -> list[ToolCall]:
    """The tool calls of a reply.

    Args:
        raw: Names and arguments as the server gave them.
        tools: What may be called.
        used: Calls earlier in the conversation.

    Raises:
        MalformedError: No such tool, or arguments that do not fit.
    """
    known = {tool.name: tool for tool in tools}
    calls = []
    for number, (name, text) in enumerate(raw, used + 1):
        if name not in known:
            raise MalformedError(f"there is no tool {name!r}; there are: {', '.join(known)}")
        value = _validated(_object(text or "{}"), known[name].arguments, f"{name}'s arguments")
        # Nine letters and digits: Mistral's API takes no other ids.
        calls.append(
            ToolCall(id=f"call{number:05d}", name=name, arguments=value.model_dump(mode="json"))
        )
    return calls


def told_call(text: str, tools: Sequence[Tool]) -> tuple[str, str] | None:
    """A tool call written as text, for servers without tool calls; None where there is none."""
    try:
        value = _object(text)
    except MalformedError:
        return None
    if value.get("tool") not in [tool.name for tool in tools] or "arguments" not in value:
        return None
    return value["tool"], json.dumps(value["arguments"])


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a text: all of it, in a fence, or between the outermost braces."""
    whole = text.strip()
    found = [whole, *_FENCED.findall(whole)[-1:], whole[whole.find("{") : whole.rfind("}") + 1]]
    problem = "there is no JSON object in it"
    for piece in found:
        try:
            value = json.loads(piece, strict=False) if "{" in piece else None
        except (ValueError, RecursionError) as error:
            problem = f"its JSON cannot be read: {error}"
            continue
        if isinstance(value, dict):
            return value
    raise MalformedError(problem)


def _validated(value: dict[str, Any], schema: type[BaseModel], what: str) -> BaseModel:
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = [f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in problems]
        more = f"; and {len(lines) - _MOST_PROBLEMS} more" if len(lines) > _MOST_PROBLEMS else ""
        raise MalformedError(
            f"{what} does not fit: {'; '.join(lines[:_MOST_PROBLEMS])}{more}"
        ) from error
