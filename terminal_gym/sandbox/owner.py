"""Whose is it? Names that tie a sandbox to the process that made it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "terminal-gym-"


def owner_tag(pid: int | None = None) -> str:
    """`<pid>.<start time>` of a process (default: this one); start times tell reused pids apart."""
    pid = pid or os.getpid()
    return f"{pid}.{_start_time(pid)}"


def owner_is_alive(name: str) -> bool:
    """Whether the process that `name` begins with (an `owner_tag`) still runs."""
    match = re.match(r"(\d+)\.(\d+)", name)
    return match is not None and _start_time(int(match[1])) == int(match[2])


@contextmanager
def owned_folder() -> Iterator[Path]:
    """A temporary folder; `reap_folders` removes it where its owner is killed before it does."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{owner_tag()}-") as name:
        yield Path(name)


def reap_folders() -> list[str]:
    """Remove the temporary folders of owners that are dead; gives a line for each."""
    removed = []
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*.[0-9]*-*"):
        if not owner_is_alive(path.name.removeprefix(_PREFIX)):
            remove_folder(path)
            removed.append(f"folder {path}")
    return removed


def remove_folder(path: Path) -> None:
    """Remove a folder of an agent's, which may be nested too deeply for Python. Never raises."""
    subprocess.run(["rm", "-rf", "--", str(path)], check=False, stderr=subprocess.DEVNULL)


def _start_time(pid: int) -> int:
    """In clock ticks since boot (proc_pid_stat(5), field 22); -1 when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return -1
    fields = text[text.rindex(")") + 2 :].split()
    return -1 if fields[0] == "Z" else int(fields[19])
