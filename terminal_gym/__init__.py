"""Synthesized terminal tasks as Gymnasium environments.

    >>> import gymnasium, terminal_gym
    >>> env = gymnasium.make("LiteTerminal/git-rebase-v0")

Importing registers the package's bundles and those in `$TERMINAL_GYM_SPECS`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from terminal_gym.bundle import (
    find_bundle,
    list_bundles,
    register_bundles,
    register_default_bundles,
)
from terminal_gym.errors import Fault, TerminalGymError, UserError

if TYPE_CHECKING:
    from terminal_gym.bundle import Bundle, load_bundle
    from terminal_gym.env import TerminalEnv, make_vec
    from terminal_gym.episodes import EpisodeRecorder, read_episodes

    __version__: str

_LAZY = {
    "Bundle": "terminal_gym.bundle",
    "load_bundle": "terminal_gym.bundle",
    "TerminalEnv": "terminal_gym.env",
    "make_vec": "terminal_gym.env",
    "EpisodeRecorder": "terminal_gym.episodes",
    "read_episodes": "terminal_gym.episodes",
}

__all__ = [
    "Bundle",
    "EpisodeRecorder",
    "Fault",
    "TerminalEnv",
    "TerminalGymError",
    "UserError",
    "find_bundle",
    "list_bundles",
    "load_bundle",
    "make_vec",
    "read_episodes",
    "register_bundles",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("terminal-gym")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


register_default_bundles()
