"""Small things that are done in a sandbox before it is used for a task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from terminal_gym.errors import SetupFault
from terminal_gym.sandbox.base import Sandbox

# What an image starts with goes on in the background, as the first process would in a container.
_DETACH = '"$@" < /dev/null > /dev/null 2>&1 &'
_COPY_INTO = 'mkdir -p "$2" && cp -R "$1"/. "$2"/ && rm -rf "$1"'
_STAGED = "/tmp/.terminal-gym-staged"


def start_beside(sandbox: Sandbox, argv: Sequence[str]) -> None:
    """Start a program in the background, where there is one to start."""
    if argv:
        sandbox.run(["/bin/sh", "-c", _DETACH, "sh", *argv])


def copy_into(sandbox: Sandbox, files: Path, folder: str) -> None:
    """Copy a host folder's content into a folder of the sandbox, beside and over what is there.

    Raises:
        SetupFault: It cannot be written.
    """
    sandbox.copy_in(files, _STAGED)
    argv = ["/bin/sh", "-c", _COPY_INTO, "sh", _STAGED, folder]
    result = sandbox.run(argv, user="root", cwd="/")
    if result.exit_code != 0:
        said = result.output.decode(errors="replace").strip().splitlines()[-1:]
        raise SetupFault(f"{files} cannot be copied to {folder}: {said}")
