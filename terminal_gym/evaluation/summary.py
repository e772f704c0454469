"""The results of an evaluation: rates with intervals, and every attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.episodes import Timing
from terminal_gym.evaluation.estimates import Estimate, mean_over_tasks, pass_at_k
from terminal_gym.evaluation.manifest import Manifest
from terminal_gym.evaluation.result import EpisodeResult


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class TaskOutcome(_Frozen):
    """One task's attempts."""

    name: str
    digest: str
    domain: str
    difficulty: int | None
    solved: int
    valid: int = Field(description="attempts with a verdict; only these count")
    mean_reward: float | None
    attempts: list[EpisodeResult] = Field(description="the last try of each")


class Group(_Frozen):
    """Tasks taken together."""

    tasks: int
    attempts: int = Field(description="with a verdict")
    solved: int
    without_verdict: int = Field(description="attempts that ended in a fault each time")
    mean_reward: Estimate
    pass_at: dict[int, Estimate] = Field(
        description="k -> pass@k; a task with fewer than k verdicts does not count"
    )


class Usage(_Frozen):
    """What was spent, on faults too; None where nobody said."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    malformed: int


class FaultOutcome(_Frozen):
    """One try that the infrastructure spoilt."""

    task: str
    attempt: int
    type: str
    message: str
    retried: bool = Field(description="a later try of the same attempt gave a verdict")


class Results(_Frozen):
    """All that came out."""

    manifest: Manifest
    overall: Group
    by_domain: dict[str, Group]
    by_difficulty: dict[str, Group]
    usage: Usage
    time: Timing = Field(description="sums over all episodes")
    faults: list[FaultOutcome]
    tasks: list[TaskOutcome]


Tries = Mapping[tuple[str, int], Sequence[EpisodeResult]]
"""(task's name, attempt) -> its tries, in order."""


def summarize(manifest: Manifest, tries: Tries) -> Results:
    """Results of what was tried."""
    tasks = [_task(name, manifest, tries) for name in manifest.tasks]
    everything = [result for results in tries.values() for result in results]
    return Results(
        manifest=manifest,
        overall=group_of(tasks, manifest.attempts),
        by_domain=_groups(tasks, manifest.attempts, lambda task: task.domain or "(none)"),
        by_difficulty=_groups(tasks, manifest.attempts, lambda task: str(task.difficulty or "-")),
        usage=_usage(everything),
        time=_time(everything),
        faults=[fault for (name, _), each in tries.items() for fault in _faults(name, each)],
        tasks=tasks,
    )


def group_of(tasks: Sequence[TaskOutcome], attempts: int) -> Group:
    """The rates of some tasks, each counting the same."""
    return Group(
        tasks=len(tasks),
        attempts=sum(task.valid for task in tasks),
        solved=sum(task.solved for task in tasks),
        without_verdict=sum(len(task.attempts) - task.valid for task in tasks),
        mean_reward=mean_over_tasks([t.mean_reward for t in tasks if t.mean_reward is not None]),
        pass_at={
            k: mean_over_tasks(
                [pass_at_k(task.valid, task.solved, k) for task in tasks if task.valid >= k]
            )
            for k in ks(attempts)
        },
    )


def ks(attempts: int) -> list[int]:
    """The k of pass@k that are shown: powers of two, and all attempts."""
    powers = [2**n for n in range(attempts.bit_length()) if 2**n < attempts]
    return [*powers, attempts]


def _groups(
    tasks: Sequence[TaskOutcome], attempts: int, key: Callable[[TaskOutcome], str]
) -> dict[str, Group]:
    names = sorted({key(task) for task in tasks})
    return {name: group_of([t for t in tasks if key(t) == name], attempts) for name in names}


def _task(name: str, manifest: Manifest, tries: Tries) -> TaskOutcome:
    record = manifest.tasks[name]
    attempts = [
        tries[name, attempt][-1]
        for attempt in range(manifest.attempts)
        if tries.get((name, attempt))
    ]
    valid = [result for result in attempts if result.valid and result.reward is not None]
    return TaskOutcome(
        name=name,
        digest=record.digest,
        domain=record.domain,
        difficulty=record.difficulty,
        solved=sum(result.solved for result in valid),
        valid=len(valid),
        mean_reward=fmean(result.reward or 0.0 for result in valid) if valid else None,
        attempts=attempts,
    )


def _faults(name: str, tries: Sequence[EpisodeResult]) -> list[FaultOutcome]:
    mended = bool(tries) and tries[-1].valid
    return [
        FaultOutcome(
            task=name,
            attempt=result.attempt,
            type=result.fault.type if result.fault else "unknown",
            message=result.fault.message if result.fault else "no verdict",
            retried=mended,
        )
        for result in tries
        if not result.valid
    ]


def _usage(results: Sequence[EpisodeResult]) -> Usage:
    return Usage(
        prompt_tokens=_sum(result.prompt_tokens for result in results),
        completion_tokens=_sum(result.completion_tokens for result in results),
        cached_tokens=_sum(result.cached_tokens for result in results),
        cost_usd=_sum(result.cost_usd for result in results),
        malformed=sum(result.malformed for result in results),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _time(results: Sequence[EpisodeResult]) -> Timing:
    return Timing(
        **{key: sum(getattr(r.timing, key) for r in results) for key in Timing.model_fields}
    )
