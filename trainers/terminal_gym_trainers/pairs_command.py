"""`terminal-gym pairs`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from terminal_gym_trainers.pair_records import PairOptions, PairSummary


class StrategyName(str, Enum):
    """`pair_records.Strategy`, without waiting for pydantic at every start of the command line."""

    ALL = "all"
    BEST_VS_WORST = "best-vs-worst"
    FIRST = "first"
    SAME_PREFIX = "same-prefix"


class BalanceName(str, Enum):
    """`pair_records.Balance`."""

    NONE = "none"
    TASK = "task"
    DOMAIN = "domain"


def pairs(
    recordings: Annotated[list[Path], typer.Argument(help="Recorded episodes.", metavar="FILE…")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file of pairs.", metavar="FILE")],
    strategy: Annotated[
        StrategyName,
        typer.Option(
            help="all: every two that differ. best-vs-worst: one per task. first: the first two "
            "recorded that differ. same-prefix: branches that share their first rounds."
        ),
    ] = StrategyName.ALL,
    margin: Annotated[float, typer.Option(help="Least difference of rewards.")] = 0.05,
    min_winner: Annotated[float, typer.Option(help="Least reward of a winner.")] = 0.0,
    finished: Annotated[
        bool, typer.Option("--finished", help="Leave out episodes that ran out of steps.")
    ] = False,
    winner_agent: Annotated[
        list[str] | None,
        typer.Option(help="Winners by this agent only. May be repeated.", metavar="NAME"),
    ] = None,
    loser_agent: Annotated[
        list[str] | None,
        typer.Option(help="Losers by this agent only. May be repeated.", metavar="NAME"),
    ] = None,
    min_shared: Annotated[int, typer.Option(help="Rounds in common, for same-prefix.")] = 1,
    per_episode: Annotated[
        int | None, typer.Option(help="Pairs that one episode may be in.")
    ] = None,
    per_task: Annotated[int | None, typer.Option(help="Pairs of one task at most.")] = None,
    per_domain: Annotated[int | None, typer.Option(help="Pairs of one domain at most.")] = None,
    total: Annotated[int | None, typer.Option(help="Pairs at most.")] = None,
    balance: Annotated[
        BalanceName, typer.Option(help="As many pairs for every task, or for every domain.")
    ] = BalanceName.NONE,
    dedup: Annotated[
        bool, typer.Option(help="Leave out episodes in which the agent did the very same.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Draws what stays under a cap.")] = 0,
    summary: Annotated[
        Path | None, typer.Option(help="Write the account as JSON, too.", metavar="FILE")
    ] = None,
) -> None:
    """Make preference pairs from recorded episodes.

    \b
    terminal-gym pairs runs/rollouts.jsonl --out pairs.jsonl
    terminal-gym pairs expert.jsonl rollouts.jsonl -o pairs.jsonl --winner-agent expert \\
        --loser-agent hf --strategy best-vs-worst --min-winner 1
    """
    from rich.console import Console

    from terminal_gym.episodes import read_episodes
    from terminal_gym_trainers.pair_records import write_pairs
    from terminal_gym_trainers.pairs import make_pairs

    options = _options(
        strategy=strategy.value,
        margin=margin,
        min_winner=min_winner,
        finished=finished,
        winner_agents=tuple(winner_agent or ()),
        loser_agents=tuple(loser_agent or ()),
        min_shared=min_shared,
        per_episode=per_episode,
        per_task=per_task,
        per_domain=per_domain,
        total=total,
        balance=balance.value,
        dedup=dedup,
        seed=seed,
    )
    made = make_pairs((episode for path in recordings for episode in read_episodes(path)), options)
    write_pairs(made.pairs, out)
    if summary:
        summary.write_text(made.summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    print_summary(made.summary, Console(), out)


def _options(**values: object) -> PairOptions:
    """The options, or one error that names each field."""
    from pydantic import ValidationError

    from terminal_gym.errors import UserError
    from terminal_gym_trainers.pair_records import PairOptions

    try:
        return PairOptions.model_validate(values)
    except ValidationError as error:
        wrong = [f"--{str(e['loc'][0]).replace('_', '-')}: {e['msg']}" for e in error.errors()]
        raise UserError("; ".join(wrong), remedy="see `terminal-gym pairs --help`") from error


def print_summary(summary: PairSummary, console: Console, out: Path) -> None:
    """What was made, what was dropped and why, and where DMPO's weight lies on these pairs."""
    from rich.table import Table
    from rich.text import Text

    from terminal_gym_trainers.weights import weight_table

    table = Table("", "count", box=None, header_style="bold")
    table.columns[1].justify = "right"

    def rows(title: str, count: int, parts: dict[str, int]) -> None:
        table.add_row(Text(title, style="bold"), str(count))
        for name, number in parts.items():
            table.add_row(Text(f"  {name}"), str(number))

    rows("episodes read", summary.episodes, {})
    rows("  refused", sum(summary.refused.values()), _indented(summary.refused))
    without = summary.tasks_without_pair
    rows("tasks", summary.tasks, {})
    rows("  without a pair", sum(without.values()), _indented(without))
    rows("candidate pairs", summary.candidates, {})
    rows("  dropped", sum(summary.dropped.values()), _indented(summary.dropped))
    rows("pairs", summary.pairs, summary.per_domain)
    console.print(table)
    if not summary.pairs:
        console.print(Text("no pair was made", style="bold yellow"))
        return
    shares = Table("γ", "first round", "first 3", "first 5", "first 10", box=None)
    for gamma, row in weight_table([*summary.winner_rounds, *summary.loser_rounds]):
        shares.add_row(f"{gamma:g}", *(f"{100 * share:.0f}%" for share in row))
    console.print(Text("\nshare of DMPO's weight at the pairs' median length:"))
    console.print(shares)
    console.print(Text(f"\nmean margin {summary.mean_margin:.3f}; written to {out}", style="dim"))


def _indented(parts: dict[str, int]) -> dict[str, int]:
    return {f"  {name}": count for name, count in parts.items()}
