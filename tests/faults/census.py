"""What this process holds of the host: for comparing before and after."""

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path

from terminal_gym.sandbox.owner import owner_tag


def census(owner: int | None = None) -> dict[str, int]:
    """Counts of what belongs to a process (default: this one) and could leak."""
    owner = owner or os.getpid()
    tag = owner_tag() if owner == os.getpid() else f"{owner}."
    counts = {
        "processes": len(descendants(owner)),
        "mounts": Path("/proc/self/mountinfo").read_text().count("terminal-gym"),
        "control groups": len(control_groups(tag)),
        "temporary folders": _named(tempfile.gettempdir(), f"terminal-gym-{tag}*"),
    }
    if owner == os.getpid():
        counts["descriptors"] = len(list(Path("/proc/self/fd").iterdir()))
        counts["threads"] = threading.active_count()
    return counts


def settled(before: dict[str, int], patience_s: float = 30.0) -> dict[str, int]:
    """The census once nothing is above `before`, or when the patience is at its end."""
    end = time.monotonic() + patience_s
    while True:
        after = census()
        if time.monotonic() > end or all(after[name] <= before[name] for name in before):
            return after
        time.sleep(0.05)


def at_rest(quiet_s: float = 0.5, patience_s: float = 30.0) -> dict[str, int]:
    """The census once nothing has changed for a while: what others left may still be ending."""
    last, since = census(), time.monotonic()
    end = since + patience_s
    while (now := time.monotonic()) < min(since + quiet_s, end):
        time.sleep(0.05)
        if (found := census()) != last:
            last, since = found, now
    return last


def descendants(pid: int) -> set[int]:
    """All processes below one (dead ones that nobody has waited for, too)."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def processes_with(word: str) -> set[int]:
    """Processes that have `word` in their environment or command line."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(
                word.encode() in (folder / name).read_bytes() for name in ("environ", "cmdline")
            ):
                found.add(int(folder.name))
    return found - {os.getpid()}


def control_groups(tag: str) -> list[str]:
    """Control groups (version 1: of each controller) whose names begin with `tag`."""
    root = Path("/sys/fs/cgroup")
    parents = [root / "terminal-gym", *(root / name / "terminal-gym" for name in _names(root))]
    return [name for parent in parents for name in _names(parent) if name.startswith(tag)]


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _named(folder: str, pattern: str) -> int:
    return len(list(Path(folder).glob(pattern)))
