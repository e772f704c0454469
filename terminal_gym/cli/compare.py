"""`terminal-gym compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="An evaluation's folder, or its results.json.")]


def compare_command(
    a: Folder,
    b: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How much better evaluation B is than A, with intervals.

    Tasks are paired.
    """
    from rich.console import Console
    from rich.text import Text

    from terminal_gym.cli.evaluate import shown
    from terminal_gym.episodes import safe_text
    from terminal_gym.evaluation import compare, read_results

    found = compare(read_results(a), read_results(b))
    if as_json:
        print(found.model_dump_json(indent=1))
        return
    console = Console()
    rows = {f"pass@{k}": estimate for k, estimate in found.pass_at.items()}
    for name, estimate in {**rows, "mean reward": found.mean_reward}.items():
        console.print(Text(f"{name}, B - A: {shown(estimate, signed=True)}"))
    console.print(
        f"{found.tasks} tasks: B better on {len(found.better)}, worse on {len(found.worse)}"
    )
    for line in found.left_out:
        console.print(Text(f"left out: {safe_text(line)}", style="yellow"))
