"""The sizes of a run of the proof."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym_trainers.pair_records import Strategy


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
    rollouts: int = Field(default=8, description="per training task")
    pair_strategy: Strategy = "all"
    pairs_per_task: int = 8
    pairs_finished: bool = Field(
        default=True, description="rollouts that ran out of steps are in no pair"
    )
    preference_epochs: float = 3
    preference_rate: float = 3e-4
    preference_batch: int = Field(default=8, description="pairs")
    beta: float = Field(
        default=0.5, description="at 0.1 losers fall by 30 nats before the loss lets them be"
    )
    preference_sft: float = Field(
        default=200,
        description="weight of the winner's mean negative log-probability; the preference term "
        "sums over some hundred tokens, so that at 1 it would hold nothing",
    )
    gamma: float = Field(default=0.99, description="losers go wrong late: an even weight")
    winners_epochs: float = Field(default=3, description="about as many steps as on pairs")
    winners_rate: float = 3e-4
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
