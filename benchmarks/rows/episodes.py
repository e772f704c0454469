"""episodes: the oracle over all bundles made by hand, many environments in one process."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Plan, Row
from benchmarks.world import ROOT
from terminal_gym.bundle import find_bundle
from terminal_gym.evaluation import run_episodes

_PARALLEL = (1, 2, 8, 32, 128)


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """Episodes per second by how many run at once, and how busy the processors were."""
    found = (find_bundle(path.parent) for path in sorted((ROOT / "env_specs").glob("*/task.toml")))
    bundles = [str(bundle.path) for bundle in found if not bundle.config.gym.family]
    return [row for backend in backends for row in _rows(plan, backend, bundles)]


def _rows(plan: Plan, backend: str, bundles: list[str]) -> list[Row]:
    _run(backend, bundles, 1, len(os.sched_getaffinity(0)))  # builds the images
    found: list[Row] = []
    for parallel in _PARALLEL if not plan.quick else (1, 4):
        rate, busy, faults = _run(backend, bundles, max(1, parallel // len(bundles)), parallel)
        alone = found[0].value if found else rate
        found.append(
            Row(
                group="episodes",
                ours=f"{parallel} at once, {backend}",
                theirs="" if parallel == 1 else "1 at once",
                unit="episodes/s",
                value=rate,
                low=rate,
                high=rate,
                their_value=None if parallel == 1 else alone,
                ratio=None if parallel == 1 else rate / alone,
                note=f"processors {busy:.0%} busy, {faults} faults",
            )
        )
    return found


def _run(backend: str, bundles: list[str], each: int, parallel: int) -> tuple[float, float, int]:
    """Episodes per second, the processors' busy share meanwhile, and episodes without a verdict."""
    with tempfile.TemporaryDirectory() as folder:
        busy, total = _processor_ticks()
        began = time.perf_counter()
        results = run_episodes(
            bundles,
            "oracle",
            episodes=each,
            concurrency=parallel,
            backend=backend,
            out=Path(folder) / "episodes.jsonl",
        )
        seconds = time.perf_counter() - began
        busy_after, total_after = _processor_ticks()
    share = (busy_after - busy) / max(1, total_after - total)
    return len(results) / seconds, share, sum(not result.valid for result in results)


def _processor_ticks() -> tuple[int, int]:
    """Busy and all ticks of all processors (proc_stat(5))."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)
