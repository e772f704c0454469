"""`terminal-gym reap`."""

from __future__ import annotations


def reap() -> None:
    """Remove what killed processes left.

    Sandboxes, containers, control groups and temporary folders; what belongs to a living
    process stays.
    """
    from terminal_gym.errors import TerminalGymError
    from terminal_gym.sandbox import BACKENDS, get_backend

    removed = []
    for name in BACKENDS:
        try:
            removed += [f"{name}: {line}" for line in get_backend(name).reap()]
        except TerminalGymError as error:
            print(f"note: {name} is left out: {error.message}")
    for line in removed:
        print(f"removed {line}")
    print(f"{len(removed)} removed")
