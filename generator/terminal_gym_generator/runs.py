"""A run of the generator as the command line shows it, whichever engine writes the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.text import Text

from terminal_gym.errors import Fault, UserError
from terminal_gym_generator.costs import Costs
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.drafts import drafts
from terminal_gym_generator.engine import Engine, Maker
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.outcome import Outcome
from terminal_gym_generator.pipeline import DraftSource, Unfinished, default_jobs, generate
from terminal_gym_generator.plan import Plan
from terminal_gym_generator.progress import Progress, print_costs, print_summary
from terminal_gym_generator.report import write_report

if TYPE_CHECKING:
    from terminal_gym_generator.llm.command import ModelOptions


@dataclass(frozen=True)
class Job:
    """What the command line asks for.

    Attributes:
        options: Of the model; None: the families write.
    """

    specs: dict[str, DomainSpec]
    count: int
    out: Path
    seed: int
    backend: str
    jobs: int
    public: list[str]
    thorough: bool
    options: ModelOptions | None

    @property
    def workers(self) -> int:
        """Sandboxes that work at a time."""
        return self.jobs or default_jobs()


class Run(Protocol):
    """What writes the tasks, and what that has cost."""

    engine: Engine | Maker
    source: DraftSource
    settings: dict[str, str]
    jobs: int
    """Drafts at a time."""

    def costs(self, outcomes: Sequence[Outcome]) -> Costs | None:
        """What it has cost; None where it costs nothing."""

    def spent(self) -> str:
        """What it has cost so far, in a few words."""

    def close(self) -> None:
        """Let go of everything. Idempotent."""


class FamiliesRun:
    """See `Run`."""

    settings: dict[str, str] = {}  # noqa: RUF012 - a constant of the protocol's type

    def __init__(self, job: Job) -> None:
        self.engine: Engine | Maker = FamiliesEngine(job.specs)
        self.source: DraftSource = lambda spec: drafts(spec, job.seed)
        self.jobs = job.workers

    def costs(self, outcomes: Sequence[Outcome]) -> Costs | None:
        """See `Run`."""
        return None

    def spent(self) -> str:
        """See `Run`."""
        return ""

    def close(self) -> None:
        """See `Run`."""


def run_and_show(job: Job, console: Console) -> None:
    """Run the pipeline; show table, costs and report, whichever way it ends.

    Raises:
        Unfinished: It ended before its time; everything has been shown.
        KeyboardInterrupt: As before, by the user.
    """
    ended: Unfinished | None = None
    if job.options is not None and not job.options.limited:
        console.print(
            "no limit is set (--budget-usd, --budget-tokens, --budget-hours)", style="dim"
        )
    with closing(_run_of(job)) as run:
        plan = Plan(
            domains=tuple(job.specs.values()),
            count=job.count,
            seed=job.seed,
            thorough=job.thorough,
            settings=run.settings,
        )
        try:
            with Progress(job.count, console, run.spent) as progress:
                outcomes = generate(
                    plan,
                    job.out,
                    run.engine,
                    run.source,
                    progress,
                    backend=job.backend,
                    jobs=run.jobs,
                    public=job.public,
                )
        except Unfinished as error:
            outcomes, ended = error.outcomes, error
        _show(outcomes, run.costs(outcomes), job.out, console)
    if ended is not None:
        _end(ended, console)


def _run_of(job: Job) -> Run:
    if job.options is None:
        return FamiliesRun(job)
    from terminal_gym_generator.llm.command import ModelRun  # families wait for no LLM client

    return ModelRun(
        job.options,
        job.specs,
        job.out,
        seed=job.seed,
        backend=job.backend,
        jobs=job.workers,
        thorough=job.thorough,
        public=job.public,
    )


def _show(outcomes: Sequence[Outcome], costs: Costs | None, out: Path, console: Console) -> None:
    print_summary(outcomes, console)
    if costs is not None:
        print_costs(outcomes, costs, console)
    console.print(f"report: {write_report(outcomes, out, costs)}", style="dim", soft_wrap=True)


def _end(ended: Unfinished, console: Console) -> None:
    cause = ended.__cause__
    if isinstance(cause, KeyboardInterrupt):
        console.print(Text(ended.remedy))
        raise cause
    if isinstance(cause, Fault):
        raise Fault(ended.message, remedy=ended.remedy) from ended
    raise ended


def dry_run_and_show(
    options: ModelOptions | None,
    specs: dict[str, DomainSpec],
    seed: int,
    count: int,
    console: Console,
) -> None:
    """Print the first prompts and an estimate.

    Raises:
        UserError: The families ask nobody anything.
    """
    if options is None:
        raise UserError("--dry-run shows prompts, and families have none", remedy="--engine llm")
    from terminal_gym_generator.llm.command import print_dry_run

    print_dry_run(options, specs, seed=seed, count=count, console=console)
