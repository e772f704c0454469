"""Reading episodes back, from files that may be anyone's."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from terminal_gym.episodes.episode import Episode
from terminal_gym.errors import RecordingError

MAX_LINE_BYTES = 256 << 20


def read_episodes(path: str | Path, *, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[Episode]:
    """The episodes of a file, one at a time, in the order of writing.

    An unfinished last line (a writer was killed, or writes it now) is left out with a warning.
    Blank lines are skipped.

    Raises:
        RecordingError: The file is not there or not a regular file, or a line is too long or no
            episode; the message names file and line.
    """
    path = Path(path)
    with _open_regular(path) as file:
        number = 0
        while line := file.readline(max_line_bytes + 1):
            number += 1
            if len(line) > max_line_bytes:
                raise RecordingError(
                    f"{path}:{number}: the line is longer than {max_line_bytes} bytes",
                    remedy="raise max_line_bytes, if the file is your own",
                )
            if line.isspace():
                continue
            try:
                yield _parse(line, f"{path}:{number}")
            except RecordingError as error:
                if line.endswith(b"\n"):
                    raise
                warnings.warn(f"unfinished last line left out: {error.message}", stacklevel=2)


def _open_regular(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecordingError(f"{path}: is not a regular file")
        return path.open("rb")
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read: {error.strerror}",
            remedy="name a file of episodes, as `terminal-gym run` writes them",
        ) from error


def _parse(line: bytes, where: str) -> Episode:
    try:
        return Episode.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecordingError(
            f"{where}: no ATIF episode: {key + ': ' if key else ''}{first['msg']}",
            remedy="each line must be one trajectory in ATIF v1.0 to v1.8, as JSON",
        ) from error
