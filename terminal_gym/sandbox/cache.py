"""Where terminal-gym keeps what can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$TERMINAL_GYM_CACHE`, else `$XDG_CACHE_HOME/terminal-gym`, else `~/.cache/terminal-gym`."""
    if chosen := os.environ.get("TERMINAL_GYM_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "terminal-gym"
