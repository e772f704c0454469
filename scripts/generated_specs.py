"""Fill env_specs/ with generated bundles that show the range, six in each domain.

python scripts/generated_specs.py     some minutes; continues after a kill

Run it after a change of families: a test holds the bundles to what the generator makes.
Every bundle passes all gates; those that were there before are replaced.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from terminal_gym_generator.domain import DomainSpec, builtin_domains
from terminal_gym_generator.drafts import DIFFICULTIES, drafts, families_of
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.pipeline import Plan, generate
from terminal_gym_generator.progress import Progress, print_summary
from terminal_gym_generator.records import Draft
from terminal_gym_generator.regenerate import is_generated

from terminal_gym.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "env_specs"
WORK = ROOT / "runs" / "env_specs"
SEED = 20
PER_DOMAIN = 6


def varied(spec: DomainSpec) -> Iterator[Draft]:
    """The domain's drafts, hardest first, by turns of difficulty and with the rarest families."""
    stream = drafts(spec, SEED)
    lap = len(families_of(spec)) * len(DIFFICULTIES)
    used: Counter[str] = Counter()
    waiting: list[Draft] = []
    for level in cycle(reversed(DIFFICULTIES)):
        while not (fits := [draft for draft in waiting if draft.difficulty == level]):
            waiting += islice(stream, lap)
        chosen = min(fits, key=lambda draft: max(used[name] for name in draft.families))
        waiting.remove(chosen)
        used.update(chosen.families)
        yield chosen


def main() -> None:
    """Generate, then replace."""
    specs = builtin_domains()
    plan = Plan(domains=tuple(specs.values()), count=PER_DOMAIN * len(specs), seed=SEED)
    console = Console()
    with Progress(plan.count, console) as progress:
        outcomes = generate(
            plan, WORK, FamiliesEngine(specs), varied, progress, backend="namespace"
        )
    print_summary(outcomes, console)
    for bundle in sorted(path.parent for path in SPECS.glob("*/task.toml")):
        if is_generated(bundle):
            shutil.rmtree(bundle)
    for outcome in outcomes:
        if outcome.admitted:
            shutil.copytree(WORK / outcome.draft.id, SPECS / outcome.draft.id)


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
