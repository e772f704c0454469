"""Options that several commands have."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Backend = Annotated[
    str, typer.Option(help="auto, docker, namespace, or package.module:Class.", metavar="NAME")
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        "-j",
        min=0,
        help="Episodes at a time. 0: twice the cores.",
        metavar="N",
    ),
]
Seed = Annotated[int, typer.Option(help="Every episode's own seed comes from it.", metavar="N")]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Recording to append to. Default: runs/<time>-<command>.jsonl.", metavar="FILE"
    ),
]


def require(backend: str) -> None:
    """A backend that is not there or does not work is one error now, not one fault per episode.

    Raises:
        UserError: There is none of that name.
        BackendUnavailable: It does not work here.
    """
    from terminal_gym.errors import BackendUnavailable
    from terminal_gym.sandbox import get_backend

    found = get_backend(backend)
    availability = found.check()
    if not availability.ok:
        raise BackendUnavailable(
            f"backend {found.name}: {availability.detail}",
            remedy=availability.remedy or "`terminal-gym doctor` says what works here",
        )


def workers(concurrency: int) -> int:
    """What `--concurrency` asks for; by default twice the cores, since episodes mostly wait."""
    return concurrency or 2 * len(os.sched_getaffinity(0))


def recording_path(out: Path | None, command: str) -> Path:
    """`out`, else a new file in `runs/`; its folder exists afterwards."""
    path = out or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}-{command}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
