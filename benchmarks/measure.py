"""Measuring contenders in turn, and what a row of the table is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from random import Random

from pydantic import BaseModel, ConfigDict, Field

Timed = Callable[[], float]
"""Does its work and gives seconds per unit of it."""


class Row(BaseModel):
    """One line of the table: ours beside another's."""

    model_config = ConfigDict(frozen=True)

    group: str
    ours: str = Field(description="what of ours, and on which backend")
    theirs: str = Field(description="what it is compared with; empty where with nothing")
    unit: str
    value: float = Field(description="ours, median")
    low: float = Field(description="ours, first quartile")
    high: float = Field(description="ours, third quartile")
    their_value: float | None = None
    ratio: float | None = Field(default=None, description="median of the rounds' ratios")
    ratio_low: float | None = None
    ratio_high: float | None = None
    rounds: int = 1
    goal: str = ""
    met: bool | None = Field(default=None, description="None where there is no goal")
    note: str = ""


class Plan(BaseModel):
    """How much to measure."""

    model_config = ConfigDict(frozen=True)

    rounds: int = 15
    quick: bool = False

    def some(self, full: int, quick: int) -> int:
        """A count for this plan."""
        return quick if self.quick else full


def stopwatch(work: Callable[[], object], times: int = 1) -> Timed:
    """Times `times` calls of `work`; gives the seconds of a call, their median.

    On a busy machine a few calls wait for a processor, many times as long as they take.
    """

    def timed() -> float:
        seconds = []
        for _ in range(times):
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
        return statistics.median(seconds)

    return timed


def in_turn(contenders: Mapping[str, Timed], rounds: int) -> dict[str, list[float]]:
    """Every contender once per round, after one round that does not count.

    Their order is another one in each round, so that none always follows the same.
    """
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    names, order = list(contenders), Random(0)
    for number in range(-1, rounds):
        order.shuffle(names)
        for name in names:
            seconds = contenders[name]()
            if number >= 0:
                samples[name].append(seconds)
    return samples


def compare(
    group: str,
    ours: str,
    samples: Mapping[str, list[float]],
    goals: Mapping[str, tuple[str, float]],
    *,
    unit: str = "ms",
    scale: float = 1e3,
) -> list[Row]:
    """One row for each contender beside `ours`.

    Args:
        group: What is measured.
        ours: The name of our own samples.
        samples: Seconds by name, round by round.
        goals: By contender, ("at most" | "at least", a ratio): ours to theirs for "at most",
            theirs to ours for "at least" (how many times faster).
        unit: Of the values shown.
        scale: What seconds are multiplied by for it.
    """
    mine = samples[ours]
    low, middle, high = quartiles(mine)
    rows = []
    for name in samples:
        if name == ours:
            continue
        ratios = quartiles([a / b for a, b in zip(mine, samples[name], strict=True)])
        kind, bound = goals.get(name, ("", 0.0))
        met = None
        if kind == "at most":
            met = ratios[1] <= bound
        elif kind == "at least":
            met = 1 / ratios[1] >= bound
        rows.append(
            Row(
                group=group,
                ours=ours,
                theirs=name,
                unit=unit,
                value=middle * scale,
                low=low * scale,
                high=high * scale,
                their_value=statistics.median(samples[name]) * scale,
                ratio=ratios[1],
                ratio_low=ratios[0],
                ratio_high=ratios[2],
                rounds=len(mine),
                goal=_goal(kind, bound),
                met=met,
            )
        )
    return rows


def _goal(kind: str, bound: float) -> str:
    if not kind:
        return ""
    return f"≤ {bound:g}×" if kind == "at most" else f"≥ {bound:g}× faster"


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """First quartile, median and third quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high
