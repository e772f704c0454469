"""`terminal-gym cheat`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from terminal_gym.cli import options

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from terminal_gym.cheats import CheatResult

_MAX_COLUMNS = 6


def cheat(
    patterns: Annotated[
        list[str],
        typer.Argument(help="Ids, names, shell patterns over them, or folders.", metavar="PATTERN"),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(help="Cheats to try, or patterns over their names.", metavar="NAME"),
    ] = None,
    concurrency: options.Concurrency = 0,
    backend: options.Backend = "auto",
) -> None:
    """Let scripted cheats loose on tasks.

    None may earn a reward, void its episode, or get out.

    \b
    terminal-gym cheat git-rebase
    terminal-gym cheat ./my-bundles/one --only 'reward-*' --only fork-bomb

    Exit code 1 if a cheat got anything.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn

    from terminal_gym.cheats import find_cheats, run_cheats
    from terminal_gym.cli.run import matching

    console = Console()
    options.require(backend)
    cheats = [one.name for one in find_cheats(only)]
    bundles = matching(patterns)
    results: list[CheatResult] = []
    with Progress(TextColumn("{task.description}"), MofNCompleteColumn(), console=console) as bar:
        for bundle in bundles:
            task = bar.add_task(bundle, total=len(cheats))
            results += run_cheats(
                bundle,
                backend=backend,
                names=cheats,
                concurrency=options.workers(concurrency),
                on_result=lambda _, task=task: bar.advance(task),  # type: ignore[misc]
            )
    print_cheats(results, console)
    if not all(result.held for result in results):
        raise typer.Exit(1)


def print_cheats(results: Sequence[CheatResult], console: Console) -> None:
    """Cheats by bundles (bundles by themselves where they are many), then what any cheat got."""
    from rich.table import Table
    from rich.text import Text

    from terminal_gym.episodes import safe_text

    cells = {(result.cheat, result.bundle): _cell(result) for result in results}
    cheats = list(dict.fromkeys(cheat for cheat, _ in cells))
    bundles = list(dict.fromkeys(bundle for _, bundle in cells))
    table = Table(box=None, header_style="bold")
    if len(bundles) <= _MAX_COLUMNS:
        table.add_column("cheat")
        for bundle in bundles:
            table.add_column(Text(safe_text(bundle)), overflow="fold")
        for cheat in cheats:
            table.add_row(cheat, *(cells[cheat, bundle] for bundle in bundles))
    else:
        table.add_column("bundle", overflow="fold")
        table.add_column("held", justify="right")
        for bundle in bundles:
            held = [result.held for result in results if result.bundle == bundle]
            style = "green" if all(held) else "bold red"
            table.add_row(safe_text(bundle), Text(f"{sum(held)} of {len(held)}", style))
    console.print(table)
    for result in results:
        for problem in result.problems:
            line = f"{result.bundle}: {result.cheat} {problem}"
            console.print(Text(safe_text(line), style="bold red"), soft_wrap=True)
    held_by_all = sum(result.held for result in results)
    console.print(Text(f"{held_by_all} of {len(results)} held, on {_backends(results)}"))


def _cell(result: CheatResult) -> Text:
    from rich.text import Text

    reward = "-" if result.reward is None else f"{result.reward:.2f}"
    return Text(reward, "green") if result.held else Text(f"{reward} ✗", "bold red")


def _backends(results: Sequence[CheatResult]) -> str:
    return "/".join(sorted({result.backend for result in results}))
