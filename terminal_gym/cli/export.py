"""`terminal-gym export`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from terminal_gym.episodes import Episode


class Form(str, Enum):
    """`episodes.export.EXPORTS`, without waiting for pydantic at every start."""

    CONVERSATIONS = "conversations"
    MESSAGES = "messages"
    PARQUET = "parquet"
    ASCIINEMA = "asciinema"


def export_command(
    recordings: Annotated[list[Path], typer.Argument(help="Recorded episodes.", metavar="FILE…")],
    form: Annotated[
        Form,
        typer.Option(
            "--as",
            help="conversations: LiteCoder's JSON lines, replies in Terminus-2's form. messages: "
            "chat messages as JSON lines. parquet: one table. asciinema: a file per episode.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="What to write.", metavar="PATH")],
    solved: Annotated[
        bool, typer.Option("--solved", help="Only episodes that the verifier gave 1.")
    ] = False,
) -> None:
    """Write recorded episodes in a form that others read.

    \b
    terminal-gym export expert.jsonl --as conversations --out sft.jsonl
    terminal-gym export runs/*.jsonl --as parquet --solved --out episodes.parquet
    """
    from terminal_gym.episodes.export import export_episodes

    written = export_episodes(_chosen(recordings, solved=solved), out, form.value)
    print(f"{written} episodes written to {out}")


def _chosen(recordings: list[Path], *, solved: bool) -> Iterator[Episode]:
    from terminal_gym.episodes import read_episodes

    for path in recordings:
        for episode in read_episodes(path):
            extra = episode.extra
            if not solved or (extra.valid and extra.reward is not None and extra.reward >= 1.0):
                yield episode
