"""What became of one episode of a run."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.episodes import Episode, FaultRecord, Step, Timing
from terminal_gym.episodes.atif import FinalMetrics


class EpisodeResult(BaseModel):
    """One episode's outcome, without its steps (those are in the recording)."""

    model_config = ConfigDict(frozen=True)

    bundle: str = Field(description="the id or path the run was asked for")
    attempt: int
    seed: int
    reward: float | None = Field(default=None, description="None where there is no verdict")
    verdict: dict[str, Any] | None = None
    fault: FaultRecord | None = None
    valid: bool = False
    end: str | None = Field(default=None, description="exit, max_steps, time_limit, fault, ...")
    steps: int = Field(default=0, description="the agent's actions")
    timing: Timing = Field(default_factory=Timing)
    trajectory_id: str | None = Field(default=None, description="names it in the recording")
    backend: str | None = None
    prompt_tokens: int | None = Field(default=None, description="None where no model says so")
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    malformed: int = Field(default=0, description="replies of the model that were unusable")
    unrecorded: FaultRecord | None = Field(
        default=None, description="why it is not in the recording, and where it is instead"
    )

    @property
    def solved(self) -> bool:
        """Whether the verifier gave the full reward."""
        return self.valid and self.reward is not None and self.reward >= 1.0


def result_of(bundle: str, attempt: int, seed: int, episode: Episode) -> EpisodeResult:
    """The outcome that a recorded episode holds."""
    extra = episode.extra
    used = episode.final_metrics or FinalMetrics()
    return EpisodeResult(
        bundle=bundle,
        attempt=attempt,
        seed=seed,
        reward=extra.reward if extra.valid else None,
        verdict=extra.verdict,
        fault=extra.fault,
        valid=extra.valid,
        end=extra.end,
        steps=len(episode.rounds),
        timing=extra.timing or Timing(),
        trajectory_id=episode.trajectory_id,
        backend=extra.backend,
        prompt_tokens=used.total_prompt_tokens,
        completion_tokens=used.total_completion_tokens,
        cached_tokens=used.total_cached_tokens,
        cost_usd=used.total_cost_usd,
        malformed=sum(_malformed(step) for step in episode.rounds),
    )


def _malformed(step: Step) -> int:
    counted = ((step.metrics.extra if step.metrics else None) or {}).get("malformed", 0)
    return counted if isinstance(counted, int) else 0
