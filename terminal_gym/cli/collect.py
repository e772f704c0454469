"""`terminal-gym collect`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from terminal_gym.cli import options

if TYPE_CHECKING:
    from terminal_gym.agents import Agent


class Keep(str, Enum):
    """Which episodes are recorded."""

    ALL = "all"
    VALID = "valid"
    SOLVED = "solved"


def collect(
    patterns: Annotated[
        list[str],
        typer.Argument(help="Ids, names, shell patterns over them, or folders.", metavar="PATTERN"),
    ],
    agent: Annotated[
        str,
        typer.Option(
            "--agent",
            "-a",
            help="hf, oracle, …, or package.module:Class. `oracle` looks, checks and at times errs "
            "here; see --plain.",
            metavar="NAME",
        ),
    ] = "oracle",
    attempts: Annotated[
        int, typer.Option("--attempts", "-k", min=1, help="At each task.", metavar="K")
    ] = 1,
    keep: Annotated[Keep, typer.Option(help="Which episodes are recorded.")] = Keep.ALL,
    agent_option: Annotated[
        list[str] | None,
        typer.Option(help="Of the agent's class. May be repeated.", metavar="KEY=VALUE"),
    ] = None,
    env_option: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the environment: output_limit=2000, max_steps=40. May be repeated.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    branch_from: Annotated[
        Path | None,
        typer.Option(
            help="Recorded episodes: replay a part of one for each task, then go on from there; "
            "for `pairs --strategy same-prefix`.",
            metavar="FILE",
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="The oracle types its solution and nothing else.")
    ] = False,
    concurrency: options.Concurrency = 0,
    backend: options.Backend = "auto",
    out: options.Out = None,
    seed: options.Seed = 0,
) -> None:
    """Collect episodes to train on, several at each task.

    \b
    terminal-gym collect 'LiteTerminal/*' --agent oracle --keep solved --out expert.jsonl
    terminal-gym collect bundles/* --agent hf --attempts 8 --agent-option model=models/Qwen3-4B \\
        --out rollouts.jsonl
    terminal-gym collect bundles/* --agent hf -k 4 --branch-from rollouts.jsonl --out branches.jsonl
    """
    from rich.console import Console
    from rich.text import Text

    from terminal_gym.cli.progress import progress_of
    from terminal_gym.cli.report import Outcome, print_results
    from terminal_gym.cli.run import matching
    from terminal_gym.evaluation import run_episodes
    from terminal_gym.evaluation.keeping import KEEP, KeepingWriter

    console = Console()
    options.require(backend)
    path = options.recording_path(out, "collect")
    name = "expert" if agent == "oracle" and not plain else agent
    make_agent = agent_factory(name, key_values(agent_option), branch_from, seed)
    bundles = matching(patterns)
    writer = KeepingWriter(path, KEEP[keep.value])
    with writer, progress_of(name, len(bundles) * attempts, console) as show:
        results = run_episodes(
            bundles,
            make_agent,
            episodes=attempts,
            concurrency=options.workers(concurrency),
            backend=backend,
            out=writer,
            seed=seed,
            env_options=key_values(env_option),
            on_result=show,
        )
    print_results([Outcome(name, result) for result in results], console)
    console.print(
        Text(f"{writer.written} of {len(results)} episodes recorded in {path}", style="dim")
    )
    if any(not result.valid or result.unrecorded for result in results):
        raise typer.Exit(3)


def agent_factory(
    name: str, settings: dict[str, Any], branch_from: Path | None, seed: int
) -> Callable[[], Agent]:
    """Makes one agent per episode; a wrong name or option is an error now."""
    from functools import partial

    from terminal_gym.agents import make_agent
    from terminal_gym.agents.branch import BranchAgent, choose_prefixes
    from terminal_gym.episodes import read_episodes

    make_agent(name, **settings).close()
    if branch_from is None:
        return partial(make_agent, name, **settings)
    prefixes = choose_prefixes(read_episodes(branch_from), seed)
    BranchAgent(make_agent(name, **settings), prefixes).close()
    return lambda: BranchAgent(make_agent(name, **settings), prefixes)


def key_values(pairs: list[str] | None) -> dict[str, Any]:
    """`["a=1", "b=text"]` as `{"a": 1, "b": "text"}`.

    Raises:
        UserError: One has no `=`.
    """
    from terminal_gym.errors import UserError

    values: dict[str, Any] = {}
    for pair in pairs or []:
        key, found, value = pair.partition("=")
        if not found:
            raise UserError(f"option {pair!r} has no value", remedy="write KEY=VALUE")
        try:
            values[key.replace("-", "_")] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            words = {"true": True, "false": False}
            values[key.replace("-", "_")] = words.get(value.lower(), value)
    return values
