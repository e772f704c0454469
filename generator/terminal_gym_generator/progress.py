"""What `terminal-gym generate` shows: a bar with the gates' rates, and the closing table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from threading import Lock
from types import TracebackType

from rich import progress
from rich.console import Console
from rich.table import Table
from rich.text import Text

from terminal_gym_generator.costs import Costs
from terminal_gym_generator.drafts import DIFFICULTIES
from terminal_gym_generator.gates import ALL_GATES
from terminal_gym_generator.outcome import Outcome
from terminal_gym_generator.records import Draft, GateResult

_LOG_EVERY = 10
"""Outcomes between two lines of a log, where there is no terminal to draw a bar on."""


class Progress:
    """A bar of admitted bundles over one line for each gate: how many passed, and how fast.

    Args:
        total: Bundles wanted.
        console: Where to draw.
        spent: Gives what the run has cost so far, in words; for engines that cost something.
    """

    def __init__(self, total: int, console: Console, spent: Callable[[], str] = lambda: "") -> None:
        self._bar = progress.Progress(
            progress.TextColumn("{task.description:<13}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}"),
            console=console,
        )
        self._console = console
        self._spent = spent
        self._lock = Lock()
        self._began = time.monotonic()
        self._admitted, self._seen = 0, 0
        self._passed: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._all = self._bar.add_task("admitted", total=total, rate="")
        self._tasks = {name: self._bar.add_task(name, total=0, rate="") for name in ALL_GATES}

    def gate(self, draft: Draft, result: GateResult) -> None:
        """See `Listener`."""
        with self._lock:
            name = result.gate
            self._tried[name] += 1
            self._passed[name] += result.ok
            passed, tried = self._passed[name], self._tried[name]
            rate = f"{passed / tried:4.0%} passed  {self._speed(tried)}"
            if name not in self._tasks:
                self._tasks[name] = self._bar.add_task(name, total=0, rate="")
            self._bar.update(self._tasks[name], completed=passed, total=tried, rate=rate)

    def outcome(self, outcome: Outcome, *, resumed: bool) -> None:
        """See `Listener`."""
        with self._lock:
            self._seen += 1
            self._admitted += outcome.admitted
            refused = self._seen - self._admitted
            rate = f"{refused} refused  {self._speed(self._admitted)}  {self._spent()}".rstrip()
            self._bar.update(self._all, completed=self._admitted, rate=rate)
            if not self._console.is_terminal and self._seen % _LOG_EVERY == 0:
                self._console.print(f"{self._admitted} admitted  {rate}")

    def _speed(self, number: int) -> str:
        return f"{number / max(time.monotonic() - self._began, 1e-3):.2f}/s"

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


def print_summary(outcomes: Sequence[Outcome], console: Console) -> None:
    """Domain × difficulty: how many were admitted, and the median length of their references.

    Fits into 80 columns.
    """
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("domain", no_wrap=True)
    for level in DIFFICULTIES:
        table.add_column(str(level), justify="right", no_wrap=True)
    for name in ("admitted", "refused", "reference"):
        table.add_column(name, justify="right", no_wrap=True)
    for domain in dict.fromkeys(one.draft.domain for one in outcomes):
        mine = [one for one in outcomes if one.draft.domain == domain]
        levels = [[one for one in mine if one.draft.difficulty == level] for level in DIFFICULTIES]
        table.add_row(domain, *map(_cell, levels), *_totals(mine))
    table.add_section()
    table.add_row("all", *[""] * len(DIFFICULTIES), *_totals(outcomes), style="bold")
    console.print(table)
    lines = Counter(one.fell_at for one in outcomes if one.fell_at)
    fell = ", ".join(f"{name} {number}" for name, number in lines.most_common())
    legend = "1-5: admitted × commands by difficulty; reference: commands; refused by:"
    console.print(Text(f"{legend} {fell or 'no gate'}"))


def print_costs(outcomes: Sequence[Outcome], costs: Costs, console: Console) -> None:
    """What the run has cost, in all and for each admitted task."""
    admitted = sum(one.admitted for one in outcomes)
    each = f"; {costs.each(admitted)} for each admitted task" if admitted else ""
    console.print(Text(f"cost: {costs.told()}{each}"))


def lengths(outcomes: Sequence[Outcome]) -> list[int]:
    """The reference solutions' lengths of the admitted."""
    return sorted(one.horizon for one in outcomes if one.admitted)


def _cell(outcomes: Sequence[Outcome]) -> str:
    found = lengths(outcomes)
    return f"{len(found)}×{median(found):.0f}" if found else "-"


def _totals(outcomes: Sequence[Outcome]) -> tuple[str, str, str]:
    found = lengths(outcomes)
    span = f"{median(found):.0f} ({found[0]}-{found[-1]})" if found else "-"
    return str(len(found)), str(len(outcomes) - len(found)), span
