"""An episode: an ATIF v1.8 trajectory whose `extra` fields carry what a Gymnasium episode is.

Step 1 holds the instruction (source "user"). Every round is one step of source "agent": the
action as a tool call, what it gave as the observation. Whatever ATIF has no field for sits in
`Step.extra` and `Episode.extra`, so Harbor's own models read the same line.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from terminal_gym.episodes.atif import (
    AgentInfo,
    AtifModel,
    BaseStep,
    Content,
    FinalMetrics,
)
from terminal_gym.errors import RecordingError

RAW_LIMIT = 256 << 20
"""A recorded raw output larger than this is refused: it is a decompression bomb, not a terminal."""

Seconds = Annotated[float, Field(ge=0, le=1e9)]


class _Extra(BaseModel):
    """Other producers' fields are kept, since `extra` belongs to everyone."""

    model_config = ConfigDict(frozen=True, extra="allow")


class StepExtra(_Extra):
    """What we record of a step beyond ATIF."""

    exit_code: int | None = None
    cwd: str | None = None
    state: str | None = Field(default=None, description="done, running, incomplete or exited")
    started_s: Seconds | None = Field(default=None, description="since the episode's start")
    elapsed_s: Seconds | None = Field(default=None, description="of the command")
    agent_s: Seconds | None = Field(default=None, description="the agent's time to this action")
    reward: float | None = Field(default=None, allow_inf_nan=False)
    omitted_bytes: int | None = Field(default=None, description="output beyond the record's cap")
    raw: str | None = Field(default=None, description="what the PTY printed: zlib, then base64")

    def raw_output(self) -> bytes:
        """The terminal's own bytes, escape sequences included; empty where none were recorded.

        Raises:
            RecordingError: The field is damaged, or expands beyond `RAW_LIMIT`.
        """
        if self.raw is None:
            return b""
        try:
            inflater = zlib.decompressobj()
            data = inflater.decompress(base64.b64decode(self.raw, validate=True), RAW_LIMIT)
        except (zlib.error, binascii.Error) as error:
            raise RecordingError(f"a step's raw output is damaged: {error}") from error
        if inflater.unconsumed_tail:
            raise RecordingError(f"a step's raw output is larger than {RAW_LIMIT} bytes")
        return data


def pack_raw(data: bytes) -> str:
    """`data` in the form of `StepExtra.raw`."""
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


class FaultRecord(BaseModel):
    """Why an episode has no verdict, as plain data."""

    model_config = ConfigDict(frozen=True)

    type: str
    message: str
    remedy: str = ""

    @classmethod
    def of(cls, error: BaseException) -> FaultRecord:
        """The record of an exception."""
        message = getattr(error, "message", None) or str(error) or repr(error)
        return cls(type=type(error).__name__, message=message, remedy=getattr(error, "remedy", ""))


class Timing(BaseModel):
    """Where an episode's wall-clock time went, in seconds."""

    model_config = ConfigDict(frozen=True)

    reset_s: Seconds = 0.0
    agent_s: Seconds = 0.0
    environment_s: Seconds = Field(default=0.0, description="steps, without the verifier")
    verifier_s: Seconds = 0.0
    total_s: Seconds = 0.0


class EpisodeExtra(_Extra):
    """What we record of an episode beyond ATIF."""

    reward: float | None = Field(default=None, allow_inf_nan=False)
    verdict: dict[str, Any] | None = None
    terminated: bool = False
    truncated: bool = False
    valid: bool = Field(default=False, description="the reward is the verifier's, not a fault's")
    complete: bool = Field(default=False, description="the episode ran to an end of its own")
    end: str | None = Field(
        default=None, description="exit, max_steps, time_limit, fault or interrupted"
    )
    fault: FaultRecord | None = None
    seed: int | None = None
    bundle: str | None = None
    bundle_digest: str | None = None
    domain: str | None = None
    image_digest: str | None = None
    backend: str | None = None
    package_version: str | None = None
    timing: Timing | None = None


class Step(BaseStep):
    """One step of an episode."""

    extra: StepExtra | None = None


class Episode(AtifModel):
    """One run of one agent in one environment, to its reward."""

    schema_version: Literal[
        "ATIF-v1.0",
        "ATIF-v1.1",
        "ATIF-v1.2",
        "ATIF-v1.3",
        "ATIF-v1.4",
        "ATIF-v1.5",
        "ATIF-v1.6",
        "ATIF-v1.7",
        "ATIF-v1.8",
    ] = "ATIF-v1.8"
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: AgentInfo
    steps: list[Step] = Field(min_length=1)
    notes: str | None = None
    final_metrics: FinalMetrics | None = None
    continued_trajectory_ref: str | None = None
    extra: EpisodeExtra = Field(default_factory=EpisodeExtra)
    subagent_trajectories: list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _steps_count_from_one(self) -> Episode:
        for expected, step in enumerate(self.steps, start=1):
            if step.step_id != expected:
                raise ValueError(f"step_id {step.step_id} where {expected} should be")
        return self

    @property
    def instruction(self) -> str:
        """The task as it was given; empty if the episode failed before it was."""
        first = self.steps[0]
        return text_of(first.message) if first.source == "user" else ""

    @property
    def rounds(self) -> list[Step]:
        """The agent's own steps, in order."""
        return [s for s in self.steps if s.source == "agent" and not s.is_copied_context]


def text_of(content: Content | None) -> str:
    """The text of a message or result; media parts are left out."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")


def command_of(step: Step) -> str:
    """What the agent typed in this step: its calls' `command` or `keystrokes`, line by line."""
    calls = step.tool_calls or ()
    typed = (call.arguments.get("command", call.arguments.get("keystrokes")) for call in calls)
    return "\n".join(text for text in typed if isinstance(text, str))


def shown_of(step: Step) -> str:
    """What the agent was shown after this step."""
    results = step.observation.results if step.observation else ()
    return "\n".join(text_of(result.content) for result in results)


def cwd_of(step: Step) -> str:
    """The working directory after this step; empty where it is not known."""
    return (step.extra.cwd if step.extra else None) or ""


def checks_of(verdict: dict[str, Any] | None) -> dict[str, bool]:
    """Whether each check passed; nothing where a recording has them in another form."""
    checks = (verdict or {}).get("checks")
    if not isinstance(checks, dict):
        return {}
    return {str(name): bool(passed) for name, passed in checks.items()}
