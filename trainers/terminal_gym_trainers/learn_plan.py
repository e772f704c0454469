"""The sizes of a run of the proof."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Plan(BaseModel):
    """The sizes of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = (0, 1, 2)
    layers: int = 2
    width: int = 128
    vocabulary: int = 4000
    sft_epochs: float = 10
    sft_rate: float = 2e-3
    sft_batch: int = 1
    rollouts: int = Field(default=4, description="per training task")
    pair_strategy: Literal["all", "best-vs-worst", "first", "same-prefix"] = "all"
    pairs_per_task: int = 3
    winners_epochs: float = 2
    winners_rate: float = 1e-4
    preference_epochs: float = 2
    preference_rate: float = 1e-4
    preference_batch: int = Field(default=4, description="pairs")
    beta: float = 0.1
    gamma: float = Field(default=0.99, description="losers go wrong late: an even weight")
    sft_weight: float = Field(
        default=3.0, description="without it both losses make winners less likely, too"
    )
    attempts: int = Field(default=2, description="per held-out task")
    untrained_tasks: int = Field(default=8, description="held-out tasks for the untrained policy")
    untrained_steps: int = Field(default=3, description="its steps, since it never submits")
    temperature: float = 1.0
    max_new_tokens: int = 60
    max_context: int = 4096
    output_limit: int = 60
    max_steps: int = 30
    concurrency: int = 16
    jobs: int = Field(default=3, description="training seeds at a time, on one thread each")
    dtype: str = "float32"
