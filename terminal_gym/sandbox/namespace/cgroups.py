"""Limits on memory, processes and CPU by control groups, version 1 or 2.

Every sandbox has a group (v1: one per controller) named after its owner process, so that `reap`
can tell whose it was. Where no group can be made, limits fall back to rlimits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from terminal_gym.errors import ResourceFault
from terminal_gym.sandbox.base import Limits
from terminal_gym.sandbox.owner import owner_is_alive

_ROOT = Path("/sys/fs/cgroup")
_PARENT = "terminal-gym"
_CPU_PERIOD_US = 100_000
# By default all sandboxes together get as much CPU as one other process of a busy host.
_WEIGHT = {"cpu.shares": "10240", "cpu.weight": "1000"}


class ControlGroup:
    """The control group of one sandbox.

    Args:
        name: `<owner>-<sandbox id>`.
        limits: What to hold it to.

    Raises:
        ResourceFault: It could not be made although groups are usable here.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self.folders = [parent / name for parent in _parents()]
        try:
            for folder in self.folders:
                folder.mkdir()
                _set_limits(folder, limits)
        except OSError as error:
            self.remove()
            raise ResourceFault(
                f"cannot make control group {name}: {error}", remedy="run `terminal-gym doctor`"
            ) from error

    def ways_in(self) -> list[int]:
        """Descriptors for the launcher; close them. See `launcher._fork_into`.

        Before it lets a whole process in by `cgroup.procs`, the kernel waits until no thread
        anywhere is being started, some 10 ms. Version 1's `tasks` takes the thread that writes "0",
        with no wait; into version 2's folder a process can be born.
        """
        return [_way_into(folder) for folder in self.folders]

    def remove(self) -> None:
        """Kill what is still in the group and remove it. Never raises."""
        for folder in self.folders:
            _remove(folder)


def available() -> bool:
    """Whether control groups can be made here."""
    return bool(_parents())


def reap() -> list[str]:
    """Remove the groups of owners that are dead; gives a line for each."""
    removed = []
    for parent in _parents():
        for folder in parent.iterdir():
            if folder.is_dir() and not owner_is_alive(folder.name):
                _remove(folder)
                removed.append(f"control group {folder}")
    return removed


def _parents() -> list[Path]:
    """The folders in which groups can be made; empty where none can."""
    if (_ROOT / "cgroup.controllers").exists():
        parent = _ROOT / _PARENT
        return [parent] if _usable_v2(parent) else []
    parents = [_ROOT / controller / _PARENT for controller in ("memory", "pids", "cpu")]
    found = [parent for parent in parents if parent.parent.is_dir()]
    with contextlib.suppress(OSError):
        for parent in found:
            parent.mkdir(exist_ok=True)
            _weigh(parent)
        return found if len(found) == len(parents) and all(map(_writable, found)) else []
    return []


def _usable_v2(parent: Path) -> bool:
    try:
        parent.mkdir(exist_ok=True)
        for folder in (parent.parent, parent):
            control = folder / "cgroup.subtree_control"
            missing = {"memory", "pids", "cpu"} - set(control.read_text().split())
            if missing:
                control.write_text(" ".join(f"+{name}" for name in sorted(missing)))
        _weigh(parent)
    except OSError:
        return False
    return _writable(parent)


def _writable(parent: Path) -> bool:
    """Not where root made it before, for an ordinary user."""
    return os.access(parent, os.W_OK)


def _weigh(parent: Path) -> None:
    """Give the group of all sandboxes the weight of several processes (version 1, version 2)."""
    for name, value in _WEIGHT.items():
        file = parent / name
        if file.exists() and file.read_text().strip() != value:
            file.write_text(value)


def _set_limits(folder: Path, limits: Limits) -> None:
    memory = str(limits.memory_mb << 20)
    quota = str(round(limits.cpus * _CPU_PERIOD_US))
    settings = {
        # version 1
        "memory.limit_in_bytes": memory,
        "memory.memsw.limit_in_bytes": memory,
        "cpu.cfs_period_us": str(_CPU_PERIOD_US),
        "cpu.cfs_quota_us": quota,
        # version 2
        "memory.max": memory,
        "memory.swap.max": "0",
        "cpu.max": f"{quota} {_CPU_PERIOD_US}",
        # both
        "pids.max": str(limits.pids),
    }
    for name, value in settings.items():
        if (folder / name).exists():
            (folder / name).write_text(value)


def _way_into(folder: Path) -> int:
    tasks = folder / "tasks"
    if tasks.exists():
        return os.open(tasks, os.O_WRONLY)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def _remove(folder: Path) -> None:
    """Kill and remove, with a short patience: dead processes leave their group a moment later."""
    for attempt in range(200):
        try:
            folder.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            with contextlib.suppress(OSError):
                for pid in (folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.0005 * min(attempt + 1, 20))
