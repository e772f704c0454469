"""Success with its uncertainty: intervals, paired differences, table and plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from terminal_gym_trainers.seeding import rng_for

Z95 = 1.959963984540054


class Score(BaseModel):
    """One policy of one training seed on the held-out tasks."""

    model_config = ConfigDict(frozen=True)

    policy: str
    seed: int
    solved: dict[str, list[int]]
    """For each task: 1 or 0 per attempt. Episodes that a fault ended are not in it."""
    reward: float
    """Mean reward."""
    faults: int = 0

    @property
    def outcomes(self) -> list[int]:
        """All attempts."""
        return [one for task in sorted(self.solved) for one in self.solved[task]]

    @property
    def rate(self) -> float:
        """Share of attempts that were solved."""
        outcomes = self.outcomes
        return sum(outcomes) / len(outcomes) if outcomes else math.nan


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95% interval of a proportion."""
    if trials == 0:
        return 0.0, 1.0
    rate, square = successes / trials, Z95**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    half = Z95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    half /= 1 + square / trials
    # At the ends rounding would leave the rate itself outside.
    low, high = centre - half, centre + half
    return (low if successes else 0.0), (high if successes < trials else 1.0)


def rate_interval(scores: Sequence[Score], draws: int = 4000) -> tuple[float, float, float]:
    """(mean, low, high) of success over training seeds, for new seeds and new tasks alike.

    A bootstrap over training seeds and, within each, over tasks. Where all draws agree (nothing or
    everything solved) it is Wilson's interval.
    """
    outcomes = [one for score in scores for one in score.outcomes]
    mean = sum(score.rate for score in scores) / len(scores)
    if len(set(outcomes)) < 2:
        return mean, *wilson(sum(outcomes), len(outcomes))
    values = sorted(_resampled(scores, draw) for draw in range(draws))
    return mean, values[int(0.025 * draws)], values[int(0.975 * draws)]


def difference_interval(
    after: Sequence[Score], before: Sequence[Score], draws: int = 4000
) -> tuple[float, float, float]:
    """(mean, low, high) of after - before, paired by training seed and task."""
    earlier = {score.seed: score for score in before}
    pairs = [(score, earlier[score.seed]) for score in after if score.seed in earlier]
    mean = sum(a.rate - b.rate for a, b in pairs) / len(pairs)
    values = sorted(_paired_draw(pairs, draw) for draw in range(draws))
    return mean, values[int(0.025 * draws)], values[int(0.975 * draws)]


def _resampled(scores: Sequence[Score], draw: int) -> float:
    rng = rng_for(0, "rate", draw)
    total = 0.0
    for score in rng.choices(scores, k=len(scores)):
        tasks = sorted(score.solved)
        total += _mean([score.solved[task] for task in rng.choices(tasks, k=len(tasks))])
    return total / len(scores)


def _paired_draw(pairs: Sequence[tuple[Score, Score]], draw: int) -> float:
    rng = rng_for(0, "difference", draw)
    total = 0.0
    for after, before in rng.choices(pairs, k=len(pairs)):
        tasks = sorted(set(after.solved) & set(before.solved))
        chosen = rng.choices(tasks, k=len(tasks))
        total += _mean([after.solved[t] for t in chosen]) - _mean(
            [before.solved[t] for t in chosen]
        )
    return total / len(pairs)


def _mean(groups: Sequence[Sequence[int]]) -> float:
    values = [one for group in groups for one in group]
    return sum(values) / len(values) if values else 0.0


def table(scores: Mapping[str, Sequence[Score]], baseline: str = "sft") -> str:
    """The result as a Markdown table: success with its interval, reward, difference to SFT."""
    lines = [
        "| policy | success (95% interval) | per training seed | mean reward | against SFT |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, group in scores.items():
        mean, low, high = rate_interval(group)
        seeds = ", ".join(_percent(score.rate) for score in group)
        reward = sum(score.reward for score in group) / len(group)
        against = "-"
        if name not in (baseline, "untrained") and baseline in scores:
            gain = difference_interval(group, scores[baseline])
            against = "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * value for value in gain))
        lines.append(
            f"| {name} | {_percent(mean)} ({_percent(low)} to {_percent(high)}) | {seeds} "
            f"| {reward:.3f} | {against} |"
        )
    trials = {name: sum(len(s.outcomes) for s in group) for name, group in scores.items()}
    faults = sum(score.faults for group in scores.values() for score in group)
    counts = ", ".join(f"{name} {count}" for name, count in trials.items())
    return "\n".join([*lines, "", f"Episodes: {counts}; ended by a fault: {faults}."]) + "\n"


def plot(scores: Mapping[str, Sequence[Score]], path: Path) -> None:
    """Success after each stage: the mean with its interval, and a dot for each training seed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
    for place, group in enumerate(scores.values()):
        mean, low, high = rate_interval(group)
        axes.bar(place, 100 * mean, width=0.6, color="#9ecae1", edgecolor="#3182bd")
        error = [[100 * (mean - low)], [100 * (high - mean)]]
        axes.errorbar(place, 100 * mean, yerr=error, color="black", capsize=5)
        axes.plot([place] * len(group), [100 * s.rate for s in group], "o", color="#de2d26", ms=4)
    axes.set_xticks(range(len(scores)), list(scores))
    axes.set_ylabel("held-out tasks solved, %")
    axes.set_ylim(0, 100)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"
