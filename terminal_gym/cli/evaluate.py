"""`terminal-gym evaluate`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal_gym.cli import options

if TYPE_CHECKING:
    from rich.console import Console

    from terminal_gym.evaluation import Estimate, Results
    from terminal_gym.evaluation.summary import Group


def evaluate_command(
    patterns: Annotated[
        list[str],
        typer.Argument(help="Ids, names, shell patterns over them, or folders.", metavar="PATTERN"),
    ],
    agent: Annotated[
        str,
        typer.Option(
            "--agent", "-a", help="llm, hf, process, …, or package.module:Class.", metavar="NAME"
        ),
    ],
    attempts: Annotated[
        int, typer.Option("--attempts", "-k", min=1, help="At each task.", metavar="K")
    ] = 4,
    agent_option: Annotated[
        list[str] | None,
        typer.Option(help="Of the agent's class. May be repeated.", metavar="KEY=VALUE"),
    ] = None,
    env_option: Annotated[
        list[str] | None,
        typer.Option(help="Of the environment: max_steps=40, ….", metavar="KEY=VALUE"),
    ] = None,
    fault_retries: Annotated[
        int,
        typer.Option(min=0, help="Further tries of an attempt that a fault ended.", metavar="N"),
    ] = 2,
    manifest: Annotated[
        Path | None,
        typer.Option(
            help="Of an earlier evaluation: refuse unless package, backend, images and bundles "
            "are the same.",
            metavar="FILE",
        ),
    ] = None,
    concurrency: options.Concurrency = 0,
    backend: options.Backend = "auto",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the evaluation; one that was broken off is gone on with. "
            "Default: runs/<time>-evaluate.",
            metavar="DIR",
        ),
    ] = None,
    seed: options.Seed = 0,
) -> None:
    """Measure an agent: pass@k with intervals, resumable.

    Rates are given by domain and difficulty as well.

    \b
    terminal-gym evaluate 'LiteTerminal/*' --agent llm --agent-option model=NAME --out runs/mine
    terminal-gym evaluate 'LiteTerminal/*' --agent my.module:MyAgent --attempts 8 --concurrency 16
    terminal-gym compare runs/before runs/after

    Writes manifest.json, episodes.jsonl, results.json and report.html. The exit code is 3 if some
    attempt has no verdict.
    """
    from rich.console import Console
    from rich.text import Text

    from terminal_gym.cli.collect import agent_factory, key_values
    from terminal_gym.cli.progress import progress_of
    from terminal_gym.cli.run import matching
    from terminal_gym.evaluation import (
        evaluate,
        load_tasks,
        make_manifest,
        read_manifest,
        refuse_drift,
    )
    from terminal_gym.evaluation.html_report import write_report

    console = Console()
    settings = key_values(agent_option)
    make_agent = agent_factory(agent, settings, None, seed)
    wanted = read_manifest(manifest) if manifest else None
    options.require(backend)
    tasks, bundles = load_tasks(matching(patterns))
    workers = options.workers(concurrency)
    conditions = make_manifest(
        bundles,
        backend=backend,
        agent=agent,
        agent_options=settings,
        env_options=key_values(env_option),
        attempts=attempts,
        seed=seed,
        concurrency=workers,
    )
    if wanted and manifest:
        refuse_drift(wanted, conditions, where=str(manifest))
    folder = out or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-evaluate"
    console.print(Text(f"into {folder}; --out {folder} goes on if broken off", style="dim"))
    with progress_of(agent, len(tasks) * attempts, console) as show:
        results = evaluate(
            tasks,
            make_agent,
            conditions,
            folder,
            concurrency=workers,
            fault_retries=fault_retries,
            on_attempt=show,
        )
    report = write_report(folder, results)
    print_summary(results, console)
    console.print(Text(f"report: {report}", style="dim"))
    if results.overall.without_verdict:
        raise typer.Exit(3)


def print_summary(results: Results, console: Console) -> None:
    """The rates, what was spent, and the faults; the other intervals are in the report."""
    from rich.table import Table
    from rich.text import Text

    from terminal_gym.episodes import safe_text

    table = Table(box=None, header_style="bold")
    table.add_column("")
    for column in ("tasks", *(f"pass@{k}" for k in results.overall.pass_at), "mean reward"):
        table.add_column(column, justify="right")
    rows: list[tuple[str, Group]] = [("all", results.overall)]
    rows += [(f"domain {name}", group) for name, group in results.by_domain.items()]
    rows += [(f"difficulty {name}", group) for name, group in results.by_difficulty.items()]
    for name, group in rows:
        first, *others = [*group.pass_at.values(), group.mean_reward]
        cells = [shown(first), *(shown(one, interval=False) for one in others)]
        table.add_row(Text(safe_text(name)), str(group.tasks), *cells)
    console.print(table)
    usage, time = results.usage, results.time
    if usage.prompt_tokens is not None:
        cost = "" if usage.cost_usd is None else f", ${usage.cost_usd:.2f}"
        console.print(
            f"tokens: {usage.prompt_tokens} in, {usage.completion_tokens} out{cost}; "
            f"{usage.malformed} malformed replies"
        )
    console.print(
        f"time: agent {time.agent_s:.0f} s, environment {time.reset_s + time.environment_s:.0f} s, "
        f"verifier {time.verifier_s:.0f} s (sums)"
    )
    if results.faults:
        mended = sum(fault.retried for fault in results.faults)
        console.print(f"faults: {len(results.faults)}, {mended} made good by another try")
    for fault in results.faults:
        if not fault.retried:
            console.print(Text(safe_text(f"{fault.task}: {fault.type}: {fault.message}"), "yellow"))


def shown(estimate: Estimate, *, signed: bool = False, interval: bool = True) -> str:
    """A rate in per cent with its interval."""
    if estimate.value is None:
        return "-"
    form = "+.1f" if signed else ".1f"
    text = f"{100 * estimate.value:{form}}%"
    if not interval or estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{100 * estimate.low:{form}}, {100 * estimate.high:{form}}]"
