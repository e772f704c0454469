"""What goes into a call and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Schema = TypeVar("Schema", bound=BaseModel)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(_Frozen):
    """A tool that the model wants to use; the arguments fit the tool's schema."""

    id: str = Field(description="counted along the conversation, so that equal runs ask equally")
    name: str
    arguments: dict[str, Any]


class Message(_Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = Field(default="", description="which call a tool's turn answers")


def system(text: str) -> Message:
    """What the model is to be."""
    return Message(role="system", content=text)


def user(text: str) -> Message:
    """What the model is asked."""
    return Message(role="user", content=text)


def tool_result(call: ToolCall, text: str) -> Message:
    """What a tool gave; follows the answer's own message, one for each of its calls."""
    return Message(role="tool", content=text, tool_call_id=call.id)


@dataclass(frozen=True)
class Tool:
    """Something that the model may use.

    Args:
        name: Letters, digits and underscores.
        description: For the model: what it does and when it helps.
        arguments: The schema of what it takes; each field's description is for the model, too.
    """

    name: str
    description: str
    arguments: type[BaseModel]


class Usage(_Frozen):
    """Tokens of one reply."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = Field(default=0, description="of the prompt, from the server's own cache")
    estimated: bool = Field(default=False, description="the server did not say; reckoned by length")

    @property
    def total(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.completion_tokens


class Answer(_Frozen):
    """A usable reply."""

    text: str
    parsed: Any = Field(default=None, description="an instance of the schema that was asked for")
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = Field(default="", description="what the model thought aloud, where told")
    cut_off: bool = Field(default=False, description="it ran into the limit of tokens")
    usage: Usage
    cost_usd: float | None = Field(description="None: neither the server nor the prices say")
    cached: bool = Field(description="from disk: an earlier call paid for it")
    key: str = Field(description="of its prompt and reply in the store")

    def read(self, schema: type[Schema]) -> Schema:
        """`parsed`, typed; only for an answer to a call with that schema."""
        if not isinstance(self.parsed, schema):
            raise TypeError(f"the call did not ask for {schema.__name__}")
        return self.parsed

    def message(self) -> Message:
        """The answer as a turn of the conversation that goes on."""
        return Message(role="assistant", content=self.text, tool_calls=self.tool_calls)
