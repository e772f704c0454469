"""A server's whole reply, put together from the pieces of its stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym_generator.llm.calls.messages import Usage

BYTES_PER_TOKEN = 3.0
"""Fewer than text has (about 4 in English, 3 in code), so that an estimate is rather too high."""


class Reply(BaseModel):
    """What came back, before anyone looked whether it is of use."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish: str = Field(default="", description="the server's finish_reason")
    tool_calls: tuple[tuple[str, str], ...] = Field(default=(), description="name, arguments")
    model: str = Field(default="", description="as the server names itself")
    usage: Usage = Field(default_factory=Usage)
    cost_usd: float | None = None


@dataclass
class _Call:
    """A tool call, as far as it has come."""

    id: str
    name: str = ""
    arguments: str = ""


class Gathering:
    """Takes the stream's pieces, or one whole answer, as plain JSON."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": []}
        self._calls: list[_Call] = []
        self._open: dict[int, _Call] = {}
        self._model = ""
        self._usage: Mapping[str, Any] | None = None
        self.began = False
        self.finish = ""

    def add(self, piece: Mapping[str, Any]) -> None:
        """One chunk."""
        self._model = str(piece.get("model") or self._model)
        self._usage = piece.get("usage") or self._usage
        for choice in (piece.get("choices") or [])[:1]:
            self.finish = str(choice.get("finish_reason") or self.finish)
            self._add_text("text", choice.get("text"))
            self._add_message(choice.get("delta") or choice.get("message") or {})

    def _add_message(self, part: Mapping[str, Any]) -> None:
        self._add_text("text", part.get("content"))
        self._add_text("refusal", part.get("refusal"))
        self._add_text("reasoning", part.get("reasoning_content") or part.get("reasoning"))
        for place, call in enumerate(part.get("tool_calls") or []):
            self._add_call(place, call)

    def _add_call(self, place: int, call: Mapping[str, Any]) -> None:
        """A piece of a tool call.

        Some servers number all calls 0, and some give each piece another id: a new call is one that
        has both another id and a name.
        """
        index = call["index"] if call.get("index") is not None else place
        function, name = call.get("function") or {}, str(call.get("id") or "")
        known = self._open.get(index)
        if known is None or (name != known.id and function.get("name")):
            known = self._open[index] = _Call(name)
            self._calls.append(known)
        known.name += function.get("name") or ""
        arguments = function.get("arguments") or ""
        known.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def _add_text(self, kind: str, text: Any) -> None:
        if isinstance(text, str) and text:
            self._texts[kind].append(text)

    @property
    def length(self) -> int:
        """Of all that has come so far, in bytes."""
        pieces = [*self._texts["text"], *self._texts["reasoning"], *self._texts["refusal"]]
        pieces += [piece for call in self._calls for piece in (call.name, call.arguments)]
        return sum(len(piece.encode("utf-8", "replace")) for piece in pieces)

    def reply(self, asked_bytes: int, clean: Callable[[str], str]) -> Reply:
        """All of it.

        Args:
            asked_bytes: Length of the request, for servers that count no tokens.
            clean: Takes what must not be told out of a text.
        """

        def whole(pieces: list[str]) -> str:
            return clean(_whole(pieces))

        refusal = whole(self._texts["refusal"])
        if self.finish == "content_filter" and not refusal:
            refusal = "the server's content filter stopped it"
        cost = (self._usage or {}).get("cost")
        return Reply(
            text=whole(self._texts["text"]),
            reasoning=whole(self._texts["reasoning"]),
            refusal=refusal,
            finish=self.finish,
            tool_calls=tuple((whole([one.name]), whole([one.arguments])) for one in self._calls),
            model=self._model,
            usage=self._counted(asked_bytes),
            cost_usd=float(cost) if isinstance(cost, int | float) else None,
        )

    def _counted(self, asked_bytes: int) -> Usage:
        told = self._usage or {}
        if not told.get("prompt_tokens"):
            return estimate(asked_bytes, self.length)
        details = told.get("prompt_tokens_details") or {}
        return Usage(
            prompt_tokens=int(told["prompt_tokens"]),
            completion_tokens=int(told.get("completion_tokens") or 0),
            cached_tokens=int(details.get("cached_tokens") or 0),
        )


def estimate(asked_bytes: int, answered_bytes: int) -> Usage:
    """Tokens by length."""
    return Usage(
        prompt_tokens=round(asked_bytes / BYTES_PER_TOKEN),
        completion_tokens=round(answered_bytes / BYTES_PER_TOKEN),
        estimated=True,
    )


def _whole(pieces: list[str]) -> str:
    """The pieces as one text; halves of characters that found no other half are replaced."""
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
