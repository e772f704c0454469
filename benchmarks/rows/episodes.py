"""episodes: the oracle over all bundles made by hand, many environments in one process."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measure import Plan, Row, quartiles
from benchmarks.processor import used_ms
from benchmarks.world import ROOT
from terminal_gym.bundle import find_bundle
from terminal_gym.evaluation import run_episodes

_PARALLEL = (1, 2, 8, 32, 128)
_ROUNDS, _BUDGET_S = 3, 240.0  # of one backend: no round is begun that would not end in time


@dataclass(frozen=True)
class _Pass:
    """One run over the bundles: its rate, what of the processors was busy, and whose share it was.

    Attributes:
        rate: Episodes per second.
        busy: Of all processors' time.
        each_ms: Processor time of an episode; an engine's is that of all that ran on the machine.
        ours: This process's share of it.
        faults: Episodes without a verdict.
    """

    rate: float
    busy: float
    each_ms: float
    ours: float
    faults: int


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """Episodes per second by how many run at once, and what bounds them."""
    found = (find_bundle(path.parent) for path in sorted((ROOT / "env_specs").glob("*/task.toml")))
    bundles = [str(bundle.path) for bundle in found if not bundle.config.gym.family]
    return [row for backend in backends for row in _rows(plan, backend, bundles)]


def _rows(plan: Plan, backend: str, bundles: list[str]) -> list[Row]:
    _run(backend, bundles, 1, len(os.sched_getaffinity(0)))  # builds the images
    counts = _PARALLEL if not plan.quick else (1, 4)
    passes: dict[int, list[_Pass]] = {parallel: [] for parallel in counts}
    began = time.monotonic()
    for number in range(plan.some(_ROUNDS, 1)):
        if number and (time.monotonic() - began) * (number + 1) / number > _BUDGET_S:
            break
        for parallel in counts:
            each = max(1, parallel // len(bundles))
            passes[parallel].append(_run(backend, bundles, each, parallel))
    return [_row(backend, parallel, passes[parallel], passes[1]) for parallel in counts]


def _row(backend: str, parallel: int, passes: list[_Pass], alone: list[_Pass]) -> Row:
    low, middle, high = quartiles([one.rate for one in passes])
    ratios = quartiles([a.rate / b.rate for a, b in zip(passes, alone, strict=True)])
    beside = parallel > 1
    return Row(
        group="episodes",
        ours=f"{parallel} at once, {backend}",
        theirs="1 at once" if beside else "",
        unit="episodes/s",
        value=middle,
        low=low,
        high=high,
        their_value=median(one.rate for one in alone) if beside else None,
        ratio=ratios[1] if beside else None,
        ratio_low=ratios[0] if beside else None,
        ratio_high=ratios[2] if beside else None,
        rounds=len(passes),
        note=f"processors {median(one.busy for one in passes):.0%} busy,"
        f" {median(one.each_ms for one in passes):.0f} ms an episode,"
        f" {median(one.ours for one in passes):.0%} of it Python's;"
        f" {sum(one.faults for one in passes)} faults",
    )


def _run(backend: str, bundles: list[str], each: int, parallel: int) -> _Pass:
    with tempfile.TemporaryDirectory() as folder:
        busy, total = _processor_s()
        counted = used_ms() if backend == "namespace" else None
        own, began = time.process_time(), time.perf_counter()
        results = run_episodes(
            bundles,
            "oracle",
            episodes=each,
            concurrency=parallel,
            backend=backend,
            out=Path(folder) / "episodes.jsonl",
        )
        seconds, own = time.perf_counter() - began, time.process_time() - own
        busy_after, total_after = _processor_s()
    busy = max(busy_after - busy, 0.01)
    used = busy if counted is None else ((used_ms() or 0.0) - counted) / 1e3
    return _Pass(
        rate=len(results) / seconds,
        busy=busy / max(0.01, total_after - total),
        each_ms=used / len(results) * 1e3,
        ours=own / used,
        faults=sum(not result.valid for result in results),
    )


def _processor_s() -> tuple[float, float]:
    """Busy and all seconds of all processors (proc_stat(5))."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    hertz = os.sysconf("SC_CLK_TCK")
    return (sum(fields) - fields[3] - fields[4]) / hertz, sum(fields) / hertz
