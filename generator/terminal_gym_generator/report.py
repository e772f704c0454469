"""report.html: one static page over everything that a run made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from terminal_gym_generator.costs import Cost, Costs
from terminal_gym_generator.gates import ALL_GATES
from terminal_gym_generator.outcome import Outcome, write_whole
from terminal_gym_generator.progress import lengths
from terminal_gym_generator.records import Repair, TaskRecord

_MOST_TEXT = 60_000
_BAR = 5  # commands per bar of the histogram


def write_report(outcomes: Sequence[Outcome], out: Path, costs: Costs | None = None) -> Path:
    """Write `out/report.html` over the bundles in `out`; gives its path.

    Args:
        outcomes: Of all drafts.
        out: The run's folder.
        costs: Of the drafts, where the engine costs something.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # instructions, logs and reasons hold whatever a world holds
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = lengths(outcomes)
    page = environment.get_template("report.html").render(
        tasks=[_task(one, out, costs) for one in outcomes],
        engines=sorted({one.draft.engine for one in outcomes}),
        cost=costs.told() if costs else "",
        cost_each=costs.each(len(found)) if costs and found else "",
        admitted=len(found),
        refused=len(outcomes) - len(found),
        median=median(found) if found else 0,
        long=sum(length >= 25 for length in found),
        domains=sorted({one.draft.domain for one in outcomes}),
        histogram=_histogram(found),
        funnel=_funnel(outcomes),
    )
    path = out / "report.html"
    write_whole(path, page)
    return path


def _task(outcome: Outcome, out: Path, costs: Costs | None) -> dict[str, Any]:
    folder = (out if outcome.admitted else out / "_rejects") / outcome.draft.id
    return {
        "outcome": outcome,
        "draft": outcome.draft,
        "cost": costs.drafts.get(outcome.draft.id, Cost()).told() if costs else "",
        "repairs": _repairs(out / "_records" / f"{outcome.draft.id}.json"),
        "instruction": _text(folder / "instruction.md"),
        "solution": _text(folder / "solution" / "solve.sh"),
        "verifier": _text(folder / "tests" / "verify.py"),
    }


def _repairs(path: Path) -> list[Repair]:
    """What was done again, as the draft's record says."""
    try:
        return TaskRecord.model_validate_json(path.read_bytes()).repairs
    except (OSError, ValidationError):
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_MOST_TEXT]
    except OSError:
        return ""


def _histogram(found: Sequence[int]) -> list[dict[str, Any]]:
    """Bars of equal width from 0 to the longest; heights in percent of the highest."""
    if not found:
        return []
    bars = Counter(length // _BAR for length in found)
    highest = max(bars.values())
    return [
        {
            "label": f"{at * _BAR}-{at * _BAR + _BAR - 1}",
            "number": bars[at],
            "height": round(100 * bars[at] / highest),
        }
        for at in range(max(bars) + 1)
    ]


def _funnel(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """For each gate: how many came to it, fell at it, and the commonest reasons."""
    rows = []
    came = len(outcomes)
    tried = {result.gate: None for one in outcomes for result in one.gates}
    for gate in dict.fromkeys(("draft", *ALL_GATES, *tried)):
        fell = [one for one in outcomes if one.fell_at == gate]
        skipped = sum(r.skipped for one in outcomes for r in one.gates if r.gate == gate)
        reasons = Counter(one.reason[:100] for one in fell).most_common(3)
        row = {"gate": gate, "came": came, "fell": len(fell), "skipped": skipped}
        rows.append({**row, "reasons": [reason for reason, _ in reasons]})
        came -= len(fell)
    return rows
