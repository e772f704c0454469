"""Writing episodes in another format, by its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from terminal_gym.episodes.asciinema import to_asciinema
from terminal_gym.episodes.conversations import to_conversations
from terminal_gym.episodes.episode import Episode
from terminal_gym.episodes.messages import to_messages
from terminal_gym.episodes.parquet import write_parquet
from terminal_gym.errors import UserError


def export_episodes(episodes: Iterable[Episode], path: str | Path, form: str) -> int:
    """Write `episodes` to `path` in `form`, a key of `EXPORTS`; how many were written.

    `asciinema` makes one file per episode: `path` is that file for a single episode, else a
    folder.

    Raises:
        UserError: There is no such form, or what it needs is not installed.
    """
    if form not in EXPORTS:
        raise UserError(f"no export form {form!r}", remedy=f"choose one of {', '.join(EXPORTS)}")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return EXPORTS[form](episodes, Path(path))


def _json_lines(convert: Callable[[Episode], dict[str, Any]]) -> _Export:
    def write(episodes: Iterable[Episode], path: Path) -> int:
        written = 0
        with path.open("w", encoding="utf-8", errors="replace") as file:
            for episode in episodes:
                file.write(json.dumps(convert(episode), ensure_ascii=False) + "\n")
                written += 1
        return written

    return write


def _casts(episodes: Iterable[Episode], path: Path) -> int:
    casts = [to_asciinema(episode) for episode in episodes]
    if len(casts) == 1 and not path.is_dir():
        path.write_text(casts[0], encoding="utf-8")
        return 1
    path.mkdir(parents=True, exist_ok=True)
    for number, cast in enumerate(casts, start=1):
        (path / f"{number:04d}.cast").write_text(cast, encoding="utf-8")
    return len(casts)


_Export = Callable[[Iterable[Episode], Path], int]

EXPORTS: dict[str, _Export] = {
    "conversations": _json_lines(to_conversations),
    "messages": _json_lines(to_messages),
    "parquet": write_parquet,
    "asciinema": _casts,
}
