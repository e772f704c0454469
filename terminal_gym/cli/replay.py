"""`terminal-gym replay`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from terminal_gym.episodes import Episode


def replay_command(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="A recording, as `run` writes it. Default: the newest in runs/."
        ),
    ] = None,
    episode: Annotated[
        list[str] | None,
        typer.Option(
            "--episode",
            "-e",
            help="Its number from 1, its trajectory id, or its bundle. Default: all.",
            metavar="WHICH",
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0, help="1: the recorded pace. 0: no waiting.", metavar="X")
    ] = 0.0,
    asciinema: Annotated[
        Path | None,
        typer.Option(help="Write one episode as an asciinema v2 recording.", metavar="OUT.cast"),
    ] = None,
) -> None:
    """Show recorded episodes. What they printed can do nothing to your terminal.

    \b
    terminal-gym replay
    terminal-gym replay runs/FILE.jsonl --episode 3 --speed 1
    terminal-gym replay runs/FILE.jsonl -e git-rebase --asciinema git-rebase.cast
    """
    from rich.console import Console

    from terminal_gym.episodes import replay, to_asciinema

    for found in _chosen(file or _newest(), episode or []):
        if asciinema is not None:
            asciinema.write_text(to_asciinema(found), encoding="utf-8")
            print(f"wrote {asciinema}")
            return
        replay(found, Console(), speed=speed)


def _newest() -> Path:
    from terminal_gym.errors import RecordingError

    recordings = sorted(Path("runs").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not recordings:
        raise RecordingError("no recording in runs/", remedy="name one: terminal-gym replay FILE")
    return recordings[-1]


def _chosen(file: Path, wanted: list[str]) -> Iterator[Episode]:
    from terminal_gym.episodes import read_episodes
    from terminal_gym.errors import RecordingError

    found = False
    for number, episode in enumerate(read_episodes(file), start=1):
        names = {str(number), episode.trajectory_id, episode.extra.bundle}
        if not wanted or names & set(wanted):
            found = True
            yield episode
    if not found and wanted:
        raise RecordingError(
            f"{file}: no episode {', '.join(wanted)}",
            remedy="give a number from 1, or a bundle's name",
        )
    if not found:
        raise RecordingError(f"{file}: no episodes", remedy="name a recording that has some")
