"""Where terminal-gym keeps what can be made again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`$TERMINAL_GYM_CACHE`, else `$XDG_CACHE_HOME/terminal-gym`, else `~/.cache/terminal-gym`."""
    if chosen := os.environ.get("TERMINAL_GYM_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "terminal-gym"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One thread of one process at a time, of all that name this file; the others wait.

    Raises:
        OSError: The file, which is made where it is missing, cannot be written or locked.
    """
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
