"""Running episodes under a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from terminal_gym.agents.table import find_agent
from terminal_gym.cli.report import Outcome
from terminal_gym.episodes import EpisodeWriter
from terminal_gym.evaluation import EpisodeResult, run_episodes


def run_agents(
    bundles: Sequence[str],
    agents: Sequence[str],
    *,
    episodes: int,
    concurrency: int,
    backend: str,
    out: Path,
    seed: int,
    console: Console,
) -> list[Outcome]:
    """Every agent on every bundle, `episodes` times; all in one recording.

    Raises:
        UserError: There is no such agent.
        RecordingFault: The recording cannot be written.
    """
    for agent in agents:
        find_agent(agent)  # before there is a bar
    outcomes: list[Outcome] = []
    with EpisodeWriter(out) as writer, _progress(console) as bar:
        for agent in agents:
            task = bar.add_task(agent, total=len(bundles) * episodes, tally="")

            def show(result: EpisodeResult, agent: str = agent, task: int = task) -> None:
                outcomes.append(Outcome(agent, result))
                mine = [outcome for outcome in outcomes if outcome.agent == agent]
                bar.update(task, advance=1, tally=_tally(mine))  # type: ignore[arg-type]

            run_episodes(
                bundles,
                agent,
                episodes=episodes,
                concurrency=concurrency,
                backend=backend,
                out=writer,
                seed=seed,
                on_result=show,
            )
    with suppress(ValueError):
        outcomes.sort(key=lambda one: (bundles.index(one.result.bundle), agents.index(one.agent)))
    return outcomes


@contextmanager
def progress_of(
    name: str, total: int, console: Console
) -> Iterator[Callable[[EpisodeResult], None]]:
    """A bar for one agent's episodes; gives what `run_episodes` is to call as each one ends."""
    outcomes: list[Outcome] = []
    with _progress(console) as bar:
        task = bar.add_task(name, total=total, tally="")

        def show(result: EpisodeResult) -> None:
            outcomes.append(Outcome(name, result))
            bar.update(task, advance=1, tally=_tally(outcomes))

        yield show


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[tally]}"),
        console=console,
    )


def _tally(outcomes: Sequence[Outcome]) -> str:
    solved = sum(outcome.result.solved for outcome in outcomes)
    faults = sum(not outcome.result.valid for outcome in outcomes)
    return f"{solved} solved" + (f", {faults} faults" if faults else "")
