"""`terminal-gym list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def list_command(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(help="Shell patterns over ids or names.", metavar="PATTERN"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
) -> None:
    """List the tasks: id, domain, difficulty and horizon.

    Difficulty is from 1 to 5; the horizon is the number of commands of the reference solution.

    \b
    terminal-gym list
    terminal-gym list 'git-*' 'log-*'
    terminal-gym list --json | jq '.[].id'
    """
    from terminal_gym.bundle import list_bundles

    rows = [_row(spec_id, path) for spec_id, path in list_bundles(patterns or ())]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        _print_table(rows)


def _row(spec_id: str, path: Path) -> dict[str, Any]:
    from terminal_gym.bundle import load_bundle
    from terminal_gym.errors import BundleError

    row: dict[str, Any] = {"id": spec_id, "path": str(path)}
    try:
        bundle = load_bundle(path)
    except BundleError as error:
        return {**row, "error": error.message}
    return {
        **row,
        "domain": bundle.domain,
        "difficulty": bundle.difficulty,
        "horizon": bundle.horizon,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from terminal_gym.episodes.safe_text import safe_text

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("id", no_wrap=True)
    table.add_column("domain")
    table.add_column("difficulty", justify="right")
    table.add_column("horizon", justify="right")
    good = [row for row in rows if "error" not in row]
    for row in good:
        cells = (row["id"], row["domain"], row["difficulty"], row["horizon"])
        table.add_row(*(Text(safe_text(_cell(cell)), overflow="fold") for cell in cells))
    console = Console()
    if good:
        console.print(table)
    for row in rows:
        if "error" in row:
            line = Text(safe_text(f"{row['id']} is invalid: {row['error']}"), style="yellow")
            console.print(line, soft_wrap=True)
    console.print(Text(f"{len(rows)} tasks", style="dim"))


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
