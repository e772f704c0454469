"""Hold a folder of `terminal-gym generate` to what the generator promises; make check-generator.

python scripts/check_generated.py DIR [OTHER]

Looks at numbers and lengths, at every gate of every bundle, makes every bundle once more from its
seed in a process with another hash seed, zone and locale, and draws as many tasks from another
seed, none of which may be there. OTHER: a second run with the same seed, to be the same byte for
byte. Exit code 1 and a line for each thing that does not hold.
"""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from terminal_gym_generator.domain import builtin_domains
from terminal_gym_generator.drafts import drafts
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.gates import ALL_GATES, Neighbours
from terminal_gym_generator.gates.trial import Rejected
from terminal_gym_generator.outcome import Outcome, read_outcome
from terminal_gym_generator.regenerate import differences

COUNT, PER_DOMAIN, MEDIAN, LONG, LONG_COUNT = 602, 40, 12, 25, 60
ELSEWHERE = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Chatham", "LC_ALL": "C", "LANG": "C"}


def admitted(folder: Path) -> list[Outcome]:
    """The outcomes of the bundles in `folder`."""
    paths = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("_"))
    return [outcome for path in paths if (outcome := read_outcome(path))]


def numbers(outcomes: list[Outcome]) -> Iterator[str]:
    """How many there are, where, and how long."""
    lengths = [one.horizon for one in outcomes] or [0]
    domains = Counter(one.draft.domain for one in outcomes)
    long = sum(length >= LONG for length in lengths)
    print(f"{len(outcomes)} bundles, {dict(sorted(domains.items()))}")
    print(f"references: median {median(lengths)}, longest {max(lengths)}, {long} of {LONG} or more")
    if len(outcomes) < COUNT:
        yield f"{len(outcomes)} bundles, not {COUNT}"
    yield from (f"{n}: {domains[n]} bundles" for n in builtin_domains() if domains[n] < PER_DOMAIN)
    if median(lengths) < MEDIAN or long < LONG_COUNT:
        yield "the references are too short"
    hard = [one for one in outcomes if one.draft.difficulty == 5 and one.horizon < LONG]
    yield from (f"{one.draft.id}: difficulty 5 with {one.horizon} commands" for one in hard)


def gates(outcomes: list[Outcome]) -> Iterator[str]:
    """Every bundle has passed every gate, and none was left out."""
    for one in outcomes:
        passed = [gate.gate for gate in one.gates if gate.ok and not gate.skipped]
        if passed != list(ALL_GATES):
            yield f"{one.draft.id}: passed {', '.join(passed)}"


def remade(folder: Path) -> Iterator[str]:
    """Bundles that differ from what their seeds give in another process."""
    argv = [sys.executable, __file__, "--remake", str(folder.resolve())]
    done = subprocess.run(argv, env={**os.environ, **ELSEWHERE}, cwd="/", capture_output=True)
    if done.returncode:
        yield done.stderr.decode()[-500:]
    yield from done.stdout.decode().splitlines()


def remake(folder: Path) -> None:
    """The other process: prints a line for each bundle that differs."""
    domains = builtin_domains()
    for path in sorted(p.parent for p in folder.glob("[!_]*/task.toml")):
        if odd := differences(path, domains):
            print(f"{path.name}: made otherwise now: {', '.join(odd[:3])}")


def strangers(folder: Path, outcomes: list[Outcome]) -> Iterator[str]:
    """Tasks of another seed that are in the folder, or nearly."""
    seed = json.loads((folder / "_plan.json").read_text())["seed"]
    engine, near = FamiliesEngine(builtin_domains()), Neighbours()
    for one in outcomes:
        near.admit(make_record(engine, one.draft))
    for name, spec in builtin_domains().items():
        wanted = sum(one.draft.domain == name for one in outcomes)
        for draft in islice(drafts(spec, seed + 1), wanted):
            record = make_record(engine, draft)
            try:
                near.compare(record)
            except Rejected as reason:
                yield f"{draft.id} of seed {seed + 1}: {reason}"


def unequal(one: Path, other: Path) -> Iterator[str]:
    """Files that two runs do not have in common, byte for byte."""
    trees = [{p.relative_to(t) for t in [top] for p in t.rglob("*")} for top in (one, other)]
    yield from (f"{path}: in one run only" for path in sorted(trees[0] ^ trees[1]))
    for path in sorted(trees[0] & trees[1]):
        if (one / path).is_file() and not filecmp.cmp(one / path, other / path, shallow=False):
            yield f"{path}: differs between the runs"


def main() -> int:
    """All checks."""
    if sys.argv[1] == "--remake":
        remake(Path(sys.argv[2]))
        return 0
    folder, *other = map(Path, sys.argv[1:])
    outcomes = admitted(folder)
    problems = [*numbers(outcomes), *gates(outcomes), *remade(folder), *strangers(folder, outcomes)]
    problems += unequal(folder, other[0]) if other else []
    for problem in problems:
        print(f"FAILED {problem}")
    print("all holds" if not problems else f"{len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
