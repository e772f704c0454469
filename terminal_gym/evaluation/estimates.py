"""Rates over tasks, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

LEVEL = 0.95
_RESAMPLES = 10_000
_AT_ONCE = 500
_SEED = 20_140_624  # fixed: the same outcomes give the same interval


class Estimate(BaseModel):
    """A mean over tasks with its interval."""

    model_config = ConfigDict(frozen=True)

    value: float | None = Field(description="None where no task counts")
    low: float | None = Field(
        default=None, description="of the 95% bootstrap interval over tasks; None below two tasks"
    )
    high: float | None = None
    tasks: int = Field(description="how many count")


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that one of k attempts solves a task, unbiased (Chen et al. 2021).

    1 - C(n-c, k) / C(n, k): of n attempts, c solved it.

    Raises:
        ValueError: There are fewer than k attempts, so there is no unbiased estimate.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} of {c} in {n} attempts")
    if n - c < k:
        return 1.0
    return 1.0 - float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


def mean_over_tasks(values: Sequence[float]) -> Estimate:
    """The mean of one value per task, with a percentile bootstrap interval over tasks."""
    if not values:
        return Estimate(value=None, tasks=0)
    array = np.asarray(values, dtype=float)
    if len(array) < 2:
        return Estimate(value=float(array[0]), tasks=1)
    means = _resampled_means(array)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=float(array.mean()), low=float(low), high=float(high), tasks=len(array))


def _resampled_means(array: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(_SEED)
    parts = []
    for _ in range(_RESAMPLES // _AT_ONCE):
        drawn = rng.integers(0, len(array), size=(_AT_ONCE, len(array)))
        parts.append(array[drawn].mean(axis=1))
    return np.concatenate(parts)
