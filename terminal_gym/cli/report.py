"""Tables of results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table
from rich.text import Text

from terminal_gym.episodes import FaultRecord, checks_of, safe_text
from terminal_gym.evaluation import EpisodeResult


@dataclass(frozen=True)
class Outcome:
    """One episode's result, and whose it is."""

    agent: str
    result: EpisodeResult


def print_results(outcomes: Sequence[Outcome], console: Console) -> None:
    """One row per bundle and agent, the totals per agent, then the faults one by one.

    Rewards are means over valid episodes only: a fault says nothing about the agent.
    """
    table = Table(box=None, header_style="bold")
    table.add_column("bundle", overflow="fold")
    table.add_column("agent")
    for column in ("reward", "checks", "steps", "time", "faults"):
        table.add_column(column, justify="right")
    for (bundle, agent), group in _grouped(outcomes).items():
        table.add_row(Text(short_name(bundle)), Text(agent), *_cells(group))
    console.print(table)
    _print_totals(outcomes, console)


def print_validation(outcomes: Sequence[Outcome], console: Console) -> None:
    """One row per bundle: what its reference solution gets, and beside it what doing nothing gets.

    Green is what each should get; checks are those that passed, of all.
    """
    table = Table(box=None, header_style="bold")
    table.add_column("bundle", overflow="fold")
    for column in ("oracle", "checks", "steps", "time", "nop", "checks", "faults"):
        table.add_column(column, justify="right")
    groups = _grouped(outcomes)
    for bundle in dict.fromkeys(bundle for bundle, _ in groups):
        oracle, nop = groups.get((bundle, "oracle"), []), groups.get((bundle, "nop"), [])
        table.add_row(Text(short_name(bundle)), *_validation_cells(oracle, nop))
    console.print(table)
    _print_totals(outcomes, console)


def _print_totals(outcomes: Sequence[Outcome], console: Console) -> None:
    for agent in dict.fromkeys(outcome.agent for outcome in outcomes):
        console.print(Text(_total(agent, [o.result for o in outcomes if o.agent == agent])))
    print_faults(outcomes, console)


def print_faults(outcomes: Iterable[Outcome], console: Console) -> None:
    """What went wrong with the infrastructure, each kind once."""
    told: set[tuple[str, str]] = set()
    for outcome in outcomes:
        for fault in (outcome.result.fault, outcome.result.unrecorded):
            if fault and (outcome.result.bundle, fault.message) not in told:
                told.add((outcome.result.bundle, fault.message))
                console.print(_fault(short_name(outcome.result.bundle), fault), soft_wrap=True)


def short_name(bundle: str) -> str:
    """A bundle's own name, out of its id or folder."""
    name = Path(bundle).name
    return safe_text(name.removesuffix("-v0"))


def _grouped(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[EpisodeResult]]:
    groups: dict[tuple[str, str], list[EpisodeResult]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.result.bundle, outcome.agent), []).append(outcome.result)
    return groups


def _validation_cells(oracle: Sequence[EpisodeResult], nop: Sequence[EpisodeResult]) -> list[Text]:
    solved, checks, steps, time, _ = _cells(oracle) if oracle else [Text("-")] * 5
    untouched, kept = _cells(nop, solving=False)[:2] if nop else [Text("-")] * 2
    faults = sum(not result.valid for result in (*oracle, *nop))
    count = Text(str(faults) if faults else "", style="bold yellow")
    return [solved, checks, steps, time, untouched, kept, count]


def _cells(results: Sequence[EpisodeResult], *, solving: bool = True) -> list[Text]:
    valid = [result for result in results if result.valid and result.reward is not None]
    faults = len(results) - len(valid)
    reward = fmean(result.reward or 0.0 for result in valid) if valid else None
    style = "yellow" if reward is None else "green" if (reward >= 1) == solving else "red"
    return [
        Text("-" if reward is None else f"{reward:.2f}", style=style),
        Text(_checks(valid)),
        Text(f"{fmean(result.steps for result in results):.0f}"),
        Text(f"{fmean(result.timing.total_s for result in results):.1f} s"),
        Text(str(faults) if faults else "", style="bold yellow"),
    ]


def _checks(results: Sequence[EpisodeResult]) -> str:
    """Passed of all, over the group; a verifier without a report has none."""
    reports = [checks_of(result.verdict) for result in results]
    total = sum(len(report) for report in reports)
    passed = sum(sum(report.values()) for report in reports)
    return f"{passed}/{total}" if total else "-"


def _total(agent: str, results: Sequence[EpisodeResult]) -> str:
    valid = [result for result in results if result.valid]
    solved = sum(result.solved for result in valid)
    backends = "/".join(sorted({result.backend for result in results if result.backend}))
    mean = f"{fmean(result.reward or 0.0 for result in valid):.3f}" if valid else "-"
    return (
        f"{agent}: {solved} of {len(valid)} solved, mean reward {mean}, "
        f"{len(results) - len(valid)} faults{f', on {backends}' if backends else ''}"
    )


def _fault(bundle: str, fault: FaultRecord) -> Text:
    text = Text(f"{bundle}: {fault.type}: {safe_text(fault.message)}", style="yellow")
    return text + Text(f"\n  remedy: {safe_text(fault.remedy)}") if fault.remedy else text
