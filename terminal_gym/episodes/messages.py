"""Episodes as chat messages with tool calls."""

from __future__ import annotations

from typing import Any

from terminal_gym.episodes.episode import Episode, Step, text_of

BASH_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "bash",
        "description": "Type one input into the terminal and see what it shows.",
        "parameters": {
            "type": "object",
            "properties": {"command": {"type": "string", "description": "the shell input"}},
            "required": ["command"],
        },
    },
}


def to_messages(episode: Episode) -> dict[str, Any]:
    """`{"id": …, "messages": […], "tools": […]}` in the chat form that templates render.

    `arguments` is an object, as chat templates want it; an API client makes it a JSON string.
    """
    messages = [message for step in episode.steps for message in _messages(step)]
    tools = episode.agent.tool_definitions or [BASH_TOOL]
    return {"id": episode.trajectory_id or "", "messages": messages, "tools": tools}


def _messages(step: Step) -> list[dict[str, Any]]:
    role = "assistant" if step.source == "agent" else step.source
    spoken: dict[str, Any] = {"role": role, "content": text_of(step.message)}
    if step.source != "agent":
        return [spoken]
    if step.reasoning_content:
        spoken["reasoning_content"] = step.reasoning_content
    if step.tool_calls:
        spoken["tool_calls"] = [
            {
                "id": call.tool_call_id,
                "type": "function",
                "function": {"name": call.function_name, "arguments": call.arguments},
            }
            for call in step.tool_calls
        ]
    results = step.observation.results if step.observation else ()
    return [spoken, *(_result(r.source_call_id, text_of(r.content)) for r in results)]


def _result(call_id: str | None, content: str) -> dict[str, Any]:
    if call_id is None:
        return {"role": "user", "content": content}
    return {"role": "tool", "tool_call_id": call_id, "content": content}
