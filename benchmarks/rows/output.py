"""output: large output through a step, beside `cat` to a bare PTY that is read and forgotten."""

from __future__ import annotations

import resource
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Plan, Row, compare, in_turn, stopwatch
from benchmarks.rivals.pty import drain
from benchmarks.world import open_env, small_bundle

_MB = 1_000_000
_LINE = b"The quick brown fox jumps over the lazy dog, and over it once more: 0123456789.\n"


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """Seconds per size; the note says how much the peak of memory grew over all sizes so far."""
    found = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bundle = small_bundle(folder / "bundle")
        for megabytes in plan.some(1, 1), plan.some(10, 2), plan.some(100, 5):
            file = folder / f"{megabytes}.txt"
            file.write_bytes((_LINE * (megabytes * _MB // len(_LINE) + 1))[: megabytes * _MB])
            for backend in backends:
                found += _rows(plan, backend, bundle, file, megabytes)
            file.unlink()
    return found


def _rows(plan: Plan, backend: str, bundle: Path, file: Path, megabytes: int) -> list[Row]:
    env = open_env(bundle, backend, step_timeout_s=600)
    mine, bare = f"{megabytes} MB through step(), {backend}", f"{megabytes} MB, cat on a bare PTY"
    try:
        env.reset()
        assert env._sandbox is not None
        env._sandbox.copy_in(file, "/app/large.txt")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        samples = in_turn(
            {
                mine: stopwatch(lambda: env.step("cat large.txt")),
                bare: stopwatch(lambda: drain(f"cat {file}")),
            },
            min(plan.rounds, 5 if megabytes < 100 else 3),
        )
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    finally:
        env.close()
    (row,) = compare("output", mine, samples, {})
    note = f"{megabytes / row.value * 1e3:.0f} MB/s; peak memory grew by {grown:.0f} MiB"
    return [row.model_copy(update={"note": note})]
