"""memory: what a live environment takes, beyond its bash."""

from __future__ import annotations

import contextlib
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Plan, Row
from benchmarks.rivals.pty import BarePty
from benchmarks.world import open_env, small_bundle

_GOAL_MB = 8.0


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """Proportional set sizes of all our processes, per environment; namespace only, because a
    container's are the engine's to count.
    """
    if "namespace" not in backends:
        return []
    count = plan.some(32, 8)
    with ExitStack() as stack:
        bundle = small_bundle(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        shells = []
        before = _all_mib()
        for _ in range(count):
            shells.append(BarePty())
            stack.callback(shells[-1].close)
        bash = (_all_mib() - before) / count
        first = open_env(bundle, "namespace")  # the launcher, and what is imported once
        stack.callback(first.close)
        first.reset()
        before = _all_mib()
        for _ in range(count):
            env = open_env(bundle, "namespace")
            stack.callback(env.close)
            env.reset()
            env.step(":")
        each = (_all_mib() - before) / count
    return [
        Row(
            group="memory",
            ours="a live environment, namespace",
            theirs="bash on a bare PTY",
            unit="MiB",
            value=each,
            low=each,
            high=each,
            their_value=bash,
            rounds=count,
            goal=f"≤ {_GOAL_MB:g} MiB beyond bash",
            met=each - bash <= _GOAL_MB,
            note=f"{each - bash:.1f} MiB beyond bash",
        )
    ]


def _all_mib() -> float:
    """This process and all below it, and what their file systems hold in memory."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
    ours = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(map(_pss_mib, ours))


def _pss_mib(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
