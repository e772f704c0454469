"""`terminal-gym import`: tasks in other formats, written as bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from terminal_gym.importers.terminal_bench import Converted

import_tasks = typer.Typer(
    help="Write tasks of other formats as bundles.", no_args_is_help=True, rich_markup_mode=None
)


@import_tasks.callback()
def _group() -> None:
    """Write tasks of other formats as bundles."""


@import_tasks.command("tb1")
def tb1(
    source: Annotated[Path, typer.Argument(help="A task, or a folder of tasks.", metavar="DIR")],
    out: Annotated[Path, typer.Option(help="Where the bundles go.", metavar="DIR")],
    description: Annotated[
        str, typer.Option(help="Which of a task's descriptions, where it has several.")
    ] = "base",
    fresh_shell: Annotated[
        bool, typer.Option("--fresh-shell", help="Convert what has run_tests_in_same_shell, too.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace bundles that are there.")
    ] = False,
) -> None:
    """Convert Terminal-Bench 1 tasks (task.yaml, solution.sh, run-tests.sh).

    \b
    terminal-gym import tb1 terminal-bench/original-tasks --out bundles
    terminal-gym --specs bundles validate bundles
    terminal-gym --specs bundles evaluate '*' --agent llm …

    What cannot be run here is refused by name; the others are converted. Exit code 1 if one was.
    """
    from terminal_gym.importers.terminal_bench import convert_folder

    done = convert_folder(
        source, out, description=description, fresh_shell=fresh_shell, overwrite=overwrite
    )
    _tell(done)
    refused = sum(one.path is None for one in done)
    print(f"{len(done) - refused} of {len(done)} tasks are in {out}")
    if refused:
        raise typer.Exit(1)


def _tell(done: list[Converted]) -> None:
    from terminal_gym.episodes.safe_text import safe_text

    for one in done:
        for note in one.notes:
            print(f"note: {safe_text(f'{one.name}: {note}')}")
        if one.problem:
            print(f"REFUSED {safe_text(one.problem)}\n  remedy: {safe_text(one.remedy)}")
