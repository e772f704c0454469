"""Whether a process that we hold a pidfd of has ended, or is about to."""

from __future__ import annotations

import select
from pathlib import Path

_PF_EXITING = 4


def has_ended(pidfd: int, timeout_s: float = 0) -> bool:
    """Whether a process ends within that time."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


def is_exiting(pid: int) -> bool:
    """Whether a process is on its way out: pid 1 ends only after all others of its namespace."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True
    return bool(int(fields[6]) & _PF_EXITING)
