"""How a request is put to a server: what it turns out not to take is left away from then on.

Servers differ in what they take: strict schemas, tools, a seed, a limit under one of two names.
They answer 400 to what they do not. Then the likeliest cause is left away and the request is put
again; what that taught holds for the rest of the run.
"""

from __future__ import annotations

import copy
import json
from threading import Lock
from typing import Any

from terminal_gym_generator.llm.calls.messages import Message
from terminal_gym_generator.llm.calls.request import Request, told

_WORDS = {
    "strict schema": ("strict", "response_format", "json_schema", "schema", "format"),
    "schema": ("response_format", "json_schema", "schema", "guided", "grammar", "format"),
    "json object": ("response_format", "json_object", "format"),
    "tools": ("tool", "function"),
    "usage": ("stream_options", "include_usage"),
    "max_tokens": ("max_tokens", "max_completion_tokens"),
    "seed": ("seed",),
}
"""Features, the likeliest to be refused first, and words of an error that point at one."""
_CALLING = """\
You have tools. To use one, answer with one JSON object and nothing else:
{{"tool": NAME, "arguments": OBJECT}}
The result is told in the next turn. The tools, with the JSON schema of their arguments:
{tools}"""


class Dialect:
    """What one server is known not to take; shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._refused: frozenset[str] = frozenset()

    @property
    def refused(self) -> frozenset[str]:
        """Features that it does not take."""
        with self._lock:
            return self._refused

    def learn(self, refused: frozenset[str]) -> None:
        """Remember what had to be left away before a request was taken."""
        with self._lock:
            self._refused |= refused


def suspect(body: dict[str, Any], error: str) -> str | None:
    """The feature of a refused request body that is likeliest to blame; None: there is none."""
    used = _features(body)
    lower = error.lower()
    named = [name for name in used if any(word in lower for word in _WORDS[name])]
    return next(iter(named or used), None)


def _features(body: dict[str, Any]) -> list[str]:
    form = body.get("response_format") or {}
    strict = form.get("json_schema", {}).get("strict")
    used = {
        "strict schema": form.get("type") == "json_schema" and strict,
        "schema": form.get("type") == "json_schema" and not strict,
        "json object": form.get("type") == "json_object",
        "tools": "tools" in body,
        "usage": "stream_options" in body,
        "max_tokens": "max_tokens" in body,
        "seed": "seed" in body,
    }
    return [name for name, there in used.items() if there]


def body_of(request: Request, refused: frozenset[str]) -> dict[str, Any]:
    """The request's JSON, without the features that the server refuses."""
    body = {**request.parameters, "model": request.model, "stream": True}
    if "usage" not in refused:
        body["stream_options"] = {"include_usage": True}
    if "max_tokens" in refused and "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
    if request.again and "seed" not in refused:
        body.setdefault("seed", request.again)
    if request.kind == "raw":
        return {**body, "prompt": request.prompt, **_stop(request)}
    native = "tools" not in refused
    body["messages"] = _messages(request, native)
    if request.tools and native:
        body["tools"] = [{"type": "function", "function": tool} for tool in request.tools]
    if request.form and not request.tools:
        body.update(_format(request.form, refused))
    return body


def _stop(request: Request) -> dict[str, Any]:
    return {"stop": list(request.stop)} if request.stop else {}


def _format(form: dict[str, Any], refused: frozenset[str]) -> dict[str, Any]:
    name = str(form.get("title", "answer"))
    if "strict schema" not in refused:
        wanted = {"name": name, "schema": _strict(form), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if "schema" not in refused:
        wanted = {"name": name, "schema": form}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if "json object" not in refused:
        return {"response_format": {"type": "json_object"}}
    return {}


def _strict(form: dict[str, Any]) -> dict[str, Any]:
    """As OpenAI's strict mode wants it: all properties required, no others allowed."""

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "properties" in node:
                node["required"] = list(node["properties"])
                node["additionalProperties"] = False
                for part in node["properties"].values():
                    part.pop("default", None)
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    made = copy.deepcopy(form)
    walk(made)
    return made


def _messages(request: Request, native: bool) -> list[dict[str, Any]]:
    messages = request.messages
    if native:
        return [_native(message) for message in messages]
    if request.tools:
        tools = "\n".join(json.dumps(tool) for tool in request.tools)
        messages = told(messages, _CALLING.format(tools=tools))
    return [_plain(message) for message in messages]


def _native(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_call_id:
        made["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        made["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in message.tool_calls
        ]
    return made


def _plain(message: Message) -> dict[str, Any]:
    """For a server that knows no tools."""
    if message.role == "tool":
        return {"role": "user", "content": f"Result:\n{message.content}"}
    lines = [message.content] if message.content else []
    lines += [
        json.dumps({"tool": call.name, "arguments": call.arguments}) for call in message.tool_calls
    ]
    return {"role": message.role, "content": "\n".join(lines)}
