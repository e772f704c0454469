"""Whose is it? Names that tie a sandbox to the process that made it."""

from __future__ import annotations

import os
import re
from pathlib import Path


def owner_tag(pid: int | None = None) -> str:
    """`<pid>.<start time>` of a process (default: this one); start times tell reused pids apart."""
    pid = pid or os.getpid()
    return f"{pid}.{_start_time(pid)}"


def owner_is_alive(name: str) -> bool:
    """Whether the process that `name` begins with (an `owner_tag`) still runs."""
    match = re.match(r"(\d+)\.(\d+)", name)
    return match is not None and _start_time(int(match[1])) == int(match[2])


def _start_time(pid: int) -> int:
    """In clock ticks since boot (proc_pid_stat(5), field 22); -1 when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return -1
    fields = text[text.rindex(")") + 2 :].split()
    return -1 if fields[0] == "Z" else int(fields[19])
