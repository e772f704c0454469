"""Harbor's trajectory format (ATIF v1.8), as far as text episodes need it.

The models refuse unknown fields, as the format does, and everything of ours goes to `extra`
(`terminal_gym.episodes.episode`). Media parts and embedded subagents are read and kept as they
are, not interpreted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Content = str | list[dict[str, Any]]
"""Text, or the format's list of text, image and audio parts."""


class AtifModel(BaseModel):
    """Base of the format's objects: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AgentInfo(AtifModel):
    """Who acted."""

    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None
    extra: dict[str, Any] | None = None


class ToolCall(AtifModel):
    """One action."""

    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None


class ObservationResult(AtifModel):
    """What one action gave, as the agent was shown it."""

    source_call_id: str | None = None
    content: Content | None = None
    subagent_trajectory_ref: list[dict[str, Any]] | None = None
    extra: dict[str, Any] | None = None


class Observation(AtifModel):
    """What the actions of one step gave."""

    results: list[ObservationResult]


class Metrics(AtifModel):
    """What a language model used and, where it says so, the very tokens it sampled."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    prompt_token_ids: list[int] | None = None
    completion_token_ids: list[int] | None = None
    logprobs: list[float] | None = Field(default=None, description="of each generated token")
    extra: dict[str, Any] | None = None


class FinalMetrics(AtifModel):
    """Sums over the episode."""

    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: int | None = Field(default=None, ge=0)
    extra: dict[str, Any] | None = None


class BaseStep(AtifModel):
    """One step; `extra` is typed by the subclass."""

    step_id: int = Field(ge=1)
    timestamp: str | None = None
    source: Literal["system", "user", "agent"]
    model_name: str | None = None
    reasoning_effort: str | float | None = None
    message: Content
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: int | None = Field(default=None, ge=0)

    @field_validator("timestamp")
    @classmethod
    def _iso_8601(cls, value: str | None) -> str | None:
        if value is not None:
            datetime.fromisoformat(value.replace("Z", "+00:00"))
        return value

    @model_validator(mode="after")
    def _only_agents_act(self) -> BaseStep:
        agents_own = (
            "model_name",
            "reasoning_effort",
            "reasoning_content",
            "tool_calls",
            "metrics",
        )
        if self.source != "agent":
            _require_absent(self, agents_own, f"on a step of source {self.source!r}")
        elif self.llm_call_count == 0:
            _require_absent(self, ("metrics", "reasoning_content"), "when llm_call_count is 0")
        return self

    @model_validator(mode="after")
    def _results_name_their_call(self) -> BaseStep:
        calls = {call.tool_call_id for call in self.tool_calls or ()}
        results = self.observation.results if self.observation else ()
        for result in results:
            if result.source_call_id is not None and result.source_call_id not in calls:
                raise ValueError(f"source_call_id {result.source_call_id!r} names no tool call")
        return self


def _require_absent(step: BaseStep, fields: tuple[str, ...], where: str) -> None:
    for field in fields:
        if getattr(step, field) is not None:
            raise ValueError(f"{field!r} is not allowed {where}")
