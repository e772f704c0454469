"""Two evaluations on the same tasks, task by task."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.errors import UserError
from terminal_gym.evaluation.estimates import Estimate, mean_over_tasks, pass_at_k
from terminal_gym.evaluation.summary import Results, TaskOutcome, ks


class Comparison(BaseModel):
    """B minus A, paired by task; intervals by bootstrap over tasks."""

    model_config = ConfigDict(frozen=True)

    tasks: int = Field(description="in both, with the same bundle and a verdict in each")
    left_out: list[str] = Field(description="tasks of either that could not be paired, and why")
    mean_reward: Estimate
    pass_at: dict[int, Estimate]
    better: list[str] = Field(description="tasks that B solves more often")
    worse: list[str]


def compare(a: Results, b: Results) -> Comparison:
    """How much better B is than A.

    Raises:
        UserError: They have no task in common.
    """
    pairs, left_out = _pairs(a, b)
    if not pairs:
        raise UserError(
            "the two evaluations share no task", remedy="evaluate both on the same bundles"
        )
    gains = {one.name: _rate(two) - _rate(one) for one, two in pairs}
    return Comparison(
        tasks=len(pairs),
        left_out=left_out,
        mean_reward=mean_over_tasks(
            [(two.mean_reward or 0.0) - (one.mean_reward or 0.0) for one, two in pairs]
        ),
        pass_at={
            k: mean_over_tasks(
                [
                    pass_at_k(two.valid, two.solved, k) - pass_at_k(one.valid, one.solved, k)
                    for one, two in pairs
                    if min(one.valid, two.valid) >= k
                ]
            )
            for k in ks(min(a.manifest.attempts, b.manifest.attempts))
        },
        better=[name for name, gain in gains.items() if gain > 0],
        worse=[name for name, gain in gains.items() if gain < 0],
    )


def _pairs(a: Results, b: Results) -> tuple[list[tuple[TaskOutcome, TaskOutcome]], list[str]]:
    others = {task.name: task for task in b.tasks}
    pairs, left_out = [], []
    for task in a.tasks:
        other = others.pop(task.name, None)
        if other is None:
            left_out.append(f"{task.name}: only in A")
        elif other.digest != task.digest:
            left_out.append(f"{task.name}: its bundle differs")
        elif not task.valid or not other.valid:
            left_out.append(f"{task.name}: no verdict in {'B' if task.valid else 'A'}")
        else:
            pairs.append((task, other))
    return pairs, left_out + [f"{name}: only in B" for name in others]


def _rate(task: TaskOutcome) -> float:
    return task.solved / task.valid
