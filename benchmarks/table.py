"""The table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.measure import Row


def print_table(rows: Sequence[Row], console: Console) -> None:
    """One line per row; in brackets the quartiles."""
    table = Table(box=None, header_style="bold")
    for name in _COLUMNS:
        numbers = name in ("median [quartiles]", "theirs", "ratio")
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    group = ""
    for row in rows:
        if group and row.group != group:
            table.add_section()
        group = row.group
        table.add_row(
            row.ours,
            f"{_number(row.value)} [{_number(row.low)}-{_number(row.high)}] {row.unit}",
            row.theirs,
            "" if row.their_value is None else _number(row.their_value),
            _ratio(row),
            _goal(row),
            row.note,
        )
    console.print(table)


_COLUMNS = ("ours", "median [quartiles]", "beside", "theirs", "ratio", "goal", "")


def _ratio(row: Row) -> str:
    if row.ratio is None:
        return ""
    if row.ratio_low is None or row.ratio_high is None:
        return f"{row.ratio:.2f}×"
    if row.ratio >= 0.5:
        return f"{row.ratio:.2f}× [{row.ratio_low:.2f}-{row.ratio_high:.2f}]"
    return f"1/{1 / row.ratio:.0f} [1/{1 / row.ratio_high:.0f}-1/{1 / row.ratio_low:.0f}]"


def _goal(row: Row) -> Text:
    if row.met is None:
        return Text(row.goal)
    return Text(f"{row.goal} {'✓' if row.met else '✗'}", "green" if row.met else "bold red")


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
