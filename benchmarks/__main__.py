"""`python -m benchmarks`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from benchmarks import processor
from benchmarks.measure import Plan, Row
from benchmarks.table import print_table
from benchmarks.world import backends

GROUPS = ("step", "reset", "verify", "episodes", "output", "memory", "vector")


def main() -> int:
    """Measure, show, write."""
    parser = argparse.ArgumentParser("python -m benchmarks")
    parser.add_argument("groups", nargs="*", metavar="ROW", help=f"of: {', '.join(GROUPS)}")
    parser.add_argument("--backend", default="all", help="namespace, docker, or all that work")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="few rounds, small sizes")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmarks.json"))
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no rows {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    processor.join()
    plan = Plan(rounds=3 if options.quick else options.rounds, quick=options.quick)
    console = Console(stderr=True)
    found: list[Row] = []
    names = backends(options.backend)
    for group in options.groups or GROUPS:
        with console.status(f"measuring {group} on {', '.join(names)}"):
            found += importlib.import_module(f"benchmarks.rows.{group}").rows(plan, names)
    print_table(found, Console())
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": _machine(), "rows": [row.model_dump() for row in found]}
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(f"written to {options.out}")
    return int(any(row.met is False for row in found))


def _machine() -> dict[str, object]:
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "processors": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
