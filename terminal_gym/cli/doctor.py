"""`terminal-gym doctor`."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from terminal_gym.sandbox.base import Availability


def doctor() -> None:
    """Say which sandbox backends work here, and why others don't.

    Exit code 2 if none works.
    """
    import terminal_gym
    from terminal_gym.bundle import default_specs_dir, list_bundles
    from terminal_gym.sandbox import BACKENDS
    from terminal_gym.sandbox.cache import cache_folder

    print(f"terminal-gym {terminal_gym.__version__}, gymnasium {metadata.version('gymnasium')}")
    print(f"Python {platform.python_version()} on {platform.platform()}")
    print(f"CPU cores: {len(os.sched_getaffinity(0))}")
    working = [name for name in BACKENDS if _report(name)]
    print(f"backend=auto uses: {_auto(working)}")
    extra = os.environ.get("TERMINAL_GYM_SPECS", "")
    print(f"bundles: {len(list_bundles())}, from {default_specs_dir()}{extra and ':' + extra}")
    print(f"cache: {cache_folder()} ({_size(cache_folder())})")
    if not working:
        raise typer.Exit(2)


def _report(name: str) -> bool:
    from terminal_gym.errors import TerminalGymError
    from terminal_gym.sandbox import get_backend
    from terminal_gym.sandbox.base import Availability
    from terminal_gym.sandbox.services import RunsServices

    try:
        backend = get_backend(name)
        found = backend.check()
    except TerminalGymError as error:
        found = Availability(ok=False, detail=error.message, remedy=error.remedy)
    _print(name, found)
    if found.ok and isinstance(backend, RunsServices):
        _print(f"{name}, tasks of several services", backend.check_services())
    return found.ok


def _print(name: str, found: Availability) -> None:
    print(f"{'✓' if found.ok else '✗'} {name}: {found.detail}")
    if found.remedy and not found.ok:
        print(f"  remedy: {found.remedy}")


def _auto(working: list[str]) -> str:
    return os.environ.get("TERMINAL_GYM_BACKEND") or (working[0] if working else "none")


def _size(folder: Path) -> str:
    """What a folder's files take on disk; unreadable parts are left out."""
    if not folder.is_dir():
        return "empty"
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{where}/{name}").st_blocks * 512
            except OSError:
                continue
    return f"{total / (1 << 20):.0f} MiB"
