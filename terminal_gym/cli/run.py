"""`terminal-gym run`."""

from __future__ import annotations

from typing import Annotated

import typer

from terminal_gym.cli import options


def run(
    patterns: Annotated[
        list[str],
        typer.Argument(help="Ids, names, shell patterns over them, or folders.", metavar="PATTERN"),
    ],
    agent: Annotated[
        list[str] | None,
        typer.Option(
            "--agent",
            "-a",
            help="oracle, nop, …, or package.module:Class. May be repeated. Default: oracle.",
            metavar="NAME",
        ),
    ] = None,
    episodes: Annotated[
        int, typer.Option("--episodes", "-n", min=1, help="Attempts at each task.", metavar="N")
    ] = 1,
    concurrency: options.Concurrency = 0,
    backend: options.Backend = "auto",
    out: options.Out = None,
    seed: options.Seed = 0,
) -> None:
    """Run agents on tasks, many at once, and record every episode.

    \b
    terminal-gym run git-rebase
    terminal-gym run '*' --agent oracle --agent nop -j 8
    terminal-gym run 'log-*' --agent my_package.my_module:MyAgent --episodes 4 --out runs/mine.jsonl

    A task that failed for the agent's sake is a result; the exit code is 3 if the infrastructure
    failed in any episode.
    """
    from rich.console import Console
    from rich.text import Text

    from terminal_gym.cli.progress import run_agents
    from terminal_gym.cli.report import print_results

    console = Console()
    options.require(backend)
    path = options.recording_path(out, "run")
    outcomes = run_agents(
        matching(patterns),
        agent or ["oracle"],
        episodes=episodes,
        concurrency=options.workers(concurrency),
        backend=backend,
        out=path,
        seed=seed,
        console=console,
    )
    print_results(outcomes, console)
    console.print(Text(f"recorded in {path}", style="dim"))
    if any(not outcome.result.valid or outcome.result.unrecorded for outcome in outcomes):
        raise typer.Exit(3)


def matching(patterns: list[str]) -> list[str]:
    """Ids that match, and folders that were named; in order, each once.

    Raises:
        BundleError: A pattern matches nothing.
    """
    from terminal_gym.bundle import find_bundle, list_bundles

    found: dict[str, None] = {}
    for pattern in patterns:
        ids = [spec_id for spec_id, _ in list_bundles([pattern])]
        found.update(dict.fromkeys(ids or [str(find_bundle(pattern).path)]))
    return list(found)
