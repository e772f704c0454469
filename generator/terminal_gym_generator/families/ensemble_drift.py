"""Restarted simulations, to be stitched together and judged by their energy drift."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fractions import Fraction

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.rounding import clear

_ASKS = (
    """
    The {project} ensemble ran on a cluster that kept killing our jobs, so every run in `{where}/runs` is
    in pieces: each restart wrote a new segment, often from a checkpoint some steps back. {boss} needs to know
    which runs may be used for the paper. How segments are to be joined and a run is judged is
    in `{where}/PROTOCOL.md`.
    """,
    """
    {boss} wants to average over the runs of the {project} ensemble, but only over those that conserved
    energy. The output is in `{where}/runs`, one folder per run, cut into segments by restarts (older ones are
    compressed). Please join, judge and average them as `{where}/PROTOCOL.md` lays down.
    """,
)
_WANTED = (
    """
    Write `{where}/runs.csv` with the header `run,steps,last_step,mean,drift,verdict`, one row per run, ordered by
    run. `steps` is the number of rows in the joined series, `last_step` its last step; `mean` and `drift` are
    given with 4 and 3 decimals for runs that are `ok` or `drifting`, and are empty for others. The verdicts
    are those of the protocol. Then write `{where}/ensemble.json` with `runs` (the number of `ok` runs),
    `mean` (the mean of their mean energies, rounded to 4 decimals) and `spread` (highest minus lowest of these
    means, rounded to 4 decimals), both from unrounded values. For each `ok` run also leave the joined series in
    `{where}/joined/<run>.csv`: header `step,energy`, all steps, the total energy in kJ/mol with 4
    decimals. The raw output is not to be changed.
    """,
    """
    Every run gets a row in `{where}/runs.csv` (header `run,steps,last_step,mean,drift,verdict`, ordered by run): the number of rows of its
    joined series, the last step in it, mean and drift with 4 and 3 decimals (both empty unless the run is `ok` or `drifting`), and the
    verdict in the protocol's words. The joined series of each `ok` run belongs into `{where}/joined/<run>.csv`, with the header
    `step,energy` and all its steps, total energy in kJ/mol with 4 decimals. `{where}/ensemble.json` sums the `ok` runs up: `runs`, how
    many they are, `mean`, the mean of their mean energies, and `spread`, the difference between the highest and the lowest of these; the last
    two are computed from unrounded values and rounded to 4 decimals. Leave the raw output alone.
    """,
)


@dataclass
class _Run:
    """A run: its true series and what is written about it."""

    name: str
    fate: str
    unit: str
    energy: dict[int, tuple[Fraction, Fraction]] = field(default_factory=dict)
    total: dict[int, Fraction] = field(default_factory=dict)
    mean: Fraction = Fraction(0)
    drift: Fraction = Fraction(0)


class EnsembleDrift(Family):
    """Join overlapping segments of restarted runs and judge runs by conservation of energy.

    Hard because later segments replace overlaps, torn lines and gaps occur, units differ between runs, and
    diverged or short runs must not be averaged.
    """

    name = "ensemble-drift"
    domain = "scientific_computing"
    skills = ("run-stitching", "conservation-check", "unit-conversion")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        every, equilibration = rng.choice((5, 10, 20)), rng.randint(8, 15)
        rows = context.scale(60, 200)
        limit = Fraction(rng.randint(20, 60), 10)
        fates = ["ok", "ok", "drifting", "drifting", "diverged", "incomplete"]
        fates += rng.choices(("ok", "ok", "gap", "drifting", "diverged"), k=context.scale(1, 8))
        rng.shuffle(fates)
        units = ("kJ/mol", "kcal/mol") if context.difficulty >= 3 else ("kJ/mol",)
        numbers = rng.sample(range(10, 99), len(fates))
        runs = [
            _Run(f"{names.project()}-{number}", fate, rng.choice(units))
            for number, fate in zip(numbers, fates, strict=True)
        ]
        runs.sort(key=lambda run: run.name)
        while True:
            for run in runs:
                _simulate(context, run, rows, every, equilibration, limit)
            means = [run.mean for run in runs if run.fate == "ok"]
            average = sum(means, Fraction(0)) / len(means)
            if clear(average, 4) and clear(max(means) - min(means), 4):
                break
        packed = [path for run in runs for path in self._segments(part, context, run, rows, every)]
        if packed:
            part.setup(f"xz -T1 {' '.join(packed)}")
        part.file(
            "PROTOCOL.md",
            _PROTOCOL.format(
                every=every, planned=rows * every, skip=equilibration * every, limit=float(limit)
            ).encode(),
        )
        part.title = "judge an ensemble of simulations"
        words = {"where": part.where, "boss": names.person().name, "project": names.project()}
        part.ask(
            context.pick(_ASKS).format(**words), context.pick(_WANTED).format(where=part.where)
        )
        self._solve(part)
        self._verify(part, runs)
        judged = [run for run in runs if run.fate in ("ok", "drifting")]
        worst = max(judged, key=lambda run: abs(run.drift))
        part.hide(_fixed(worst.drift, 3), _fixed(worst.mean, 4))
        part.reveals(
            "run",
            worst.name,
            [run.name for run in runs if run is not worst][:3],
            "the run whose energy drifts most, up or down, of those with a drift in the table",
            "run",
        )
        return part

    @staticmethod
    def _segments(part: Part, context: Context, run: _Run, rows: int, every: int) -> list[str]:
        """Write a run in pieces, overlapping, partly torn; gives those that are to be compressed."""
        rng, compressed = context.rng, list[str]()
        steps = sorted(run.energy)
        count = rng.randint(2, context.scale(3, 6))
        cuts = sorted(rng.sample(steps[5:-5], count - 1))
        starts = [steps[0], *cuts]
        for number, (start, end) in enumerate(zip(starts, [*cuts, None], strict=True)):
            last = steps[-1] if end is None else end + every * rng.randint(-1, 6)
            if end is not None and run.fate != "gap":
                last = max(last, end - every)
            lines = [f"# run: {run.name}", f"# segment: {number}", f"# energy_unit: {run.unit}"]
            lines += [f"# restart_step: {start}", "# step time_ps e_kin e_pot"]
            for step in range(start, min(last, steps[-1]) + 1, every):
                if step not in run.energy:
                    continue
                kinetic, potential = run.energy[step]
                # Beyond the checkpoint of the next segment the numbers are other ones.
                if end is not None and step >= end:
                    kinetic += Fraction(rng.randint(-40, 40), 1000)
                shown = f"{float(kinetic):.3f} {float(potential):.3f}"
                if run.fate == "diverged" and end is None and step > last - 4 * every:
                    shown = rng.choice(("nan nan", f"{float(kinetic):.3f} inf"))
                lines.append(f"{step} {step * 0.002:.3f} {shown}")
            text = "\n".join(lines) + "\n"
            if end is not None and rng.random() < 0.5:
                text += f"{last + every} {(last + every) * 0.002:.3f} {rng.randint(10, 99)}."
            packed = number < count - 1 and rng.random() < 0.5
            # Segment numbers count restarts of the job; file names are the job's ids.
            path = f"runs/{run.name}/{70_000 + rng.randint(0, 29_999)}.dat"
            part.file(path, text.encode(), transient=packed)
            compressed += [path] if packed else []
        return compressed

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat PROTOCOL.md",
            "ls -R runs | head -30; ls runs | wc -l",
            "mkdir -p /tmp/raw; for r in $(ls runs); do mkdir -p /tmp/raw/$r; for f in runs/$r/*; do xzcat -f $f > /tmp/raw/$r/$(basename $f .xz); done; done",
            "r=/tmp/raw/$(ls runs | head -1); head -7 $r/*; tail -n 2 $r/*",
            "cat /tmp/raw/*/* | grep -h '^# energy_unit' | sort | uniq -c; grep -lE ' (nan|inf|-inf)' /tmp/raw/*/* | wc -l",
            "grep -hvE '^#' /tmp/raw/*/* | awk 'NF != 4' | head",
            _JOIN,
            "mkdir -p /tmp/joined && python3 /tmp/join.py && wc -l /tmp/joined/* | tail -3",
            _JUDGE,
            "python3 /tmp/judge.py > /tmp/runs.csv; cat /tmp/runs.csv",
            "(echo run,steps,last_step,mean,drift,verdict; cut -d, -f1-6 /tmp/runs.csv) > runs.csv",
            "run=$(awk -F, '$5 != \"\" {d = $5 < 0 ? -$5 : $5; print d, $1}' /tmp/runs.csv | sort -rn | head -1 | cut -d' ' -f2); echo $run",
            "mkdir -p joined; for r in $(grep ',ok,' /tmp/runs.csv | cut -d, -f1); do (echo step,energy; cat /tmp/joined/$r) > joined/$r.csv; done; ls joined",
            "grep ',ok,' /tmp/runs.csv | cut -d, -f7 | jq -s '{runs: length, mean: (add / length * 10000 | round / 10000), spread: ((max - min) * 10000 | round / 10000)}' > ensemble.json",
        )

    @staticmethod
    def _verify(part: Part, runs: list[_Run]) -> None:
        table = []
        for run in runs:
            shown = run.fate in ("ok", "drifting")
            mean, drift = (_fixed(run.mean, 4), _fixed(run.drift, 3)) if shown else ("", "")
            verdict = "incomplete" if run.fate == "gap" else run.fate
            table.append(f"{run.name},{len(run.energy)},{max(run.energy)},{mean},{drift},{verdict}")
        path = part.path("runs.csv")
        part.check(
            "runs.csv has the length and the verdict of every run",
            f"""
            pick = lambda row: [row.split(",")[k] for k in (0, 1, 2, 5)]
            assert list(map(pick, lines({path!r})[1:])) == list(map(pick, {table!r}))
            """,
        )
        part.check(
            "runs.csv has the means and drifts",
            f"assert lines({path!r}) == {['run,steps,last_step,mean,drift,verdict', *table]!r}",
        )
        good = [run for run in runs if run.fate == "ok"]
        means = [run.mean for run in good]
        summary = {
            "runs": len(good),
            "mean": float(round(sum(means, Fraction(0)) / len(means), 4)),
            "spread": float(round(max(means) - min(means), 4)),
        }
        part.check(
            "ensemble.json averages the runs that are ok",
            f"assert json_file({part.path('ensemble.json')!r}) == {summary!r}",
        )
        series = {
            f"{run.name}.csv": ["step,energy", *(f"{s},{_fixed(e, 4)}" for s, e in run.total.items())]
            for run in good
        }  # fmt: skip
        part.helper("import hashlib, os")
        digests = {
            name: hashlib.sha256("\n".join(rows).encode()).hexdigest()
            for name, rows in series.items()
        }
        part.check(
            "the joined series of the runs that are ok, and no others, are there",
            f"""
            folder = {part.path("joined")!r}
            assert sorted(os.listdir(folder)) == {sorted(series)!r}
            for name, digest in {digests!r}.items():
                joined = "\\n".join(lines(folder + "/" + name))
                assert hashlib.sha256(joined.encode()).hexdigest() == digest, name
            """,
        )
        part.unchanged("the raw output is unchanged")
        part.output("runs.csv", "ensemble.json", f"joined/{good[0].name}.csv")


def _simulate(
    context: Context, run: _Run, rows: int, every: int, skip: int, limit: Fraction
) -> None:
    """Fill in a series with the fate that was chosen; figures stay clear of rounding ties."""
    rng, factor = context.rng, Fraction("4.184") if run.unit == "kcal/mol" else Fraction(1)
    while True:
        run.energy.clear()
        base, slope = rng.randint(-900, -700), Fraction(0)
        if run.fate == "drifting":
            slope = limit * Fraction(rng.randint(12, 40), 10) * rng.choice((-1, 1))
        length = rng.randint(rows // 2, rows - 3) if run.fate == "incomplete" else rows
        holes = set(rng.sample(range(rows // 3, rows // 2), 2)) if run.fate == "gap" else set()
        for row in (row for row in range(1, length + 1) if row not in holes):
            step = row * every
            settle = Fraction(30 * max(0, skip - row), skip)
            wanted = base + settle + slope * Fraction(step * 2, 10**6) + Fraction(rng.randint(-90, 90), 1000)  # fmt: skip
            kinetic = Fraction(rng.randint(200_000, 230_000), 1000)
            potential = Fraction(round((wanted / factor - kinetic) * 1000), 1000)
            run.energy[step] = (kinetic, potential)
        run.total = {step: sum(pair, Fraction(0)) * factor for step, pair in run.energy.items()}
        used = {step: energy for step, energy in run.total.items() if step > skip * every}
        run.mean = sum(used.values(), Fraction(0)) / len(used)
        run.drift = _slope({Fraction(step * 2, 10**6): energy for step, energy in used.items()})
        share = abs(run.drift) / limit
        fits = {"ok": share < Fraction(9, 10), "drifting": share > Fraction(11, 10)}
        if fits.get(run.fate, True) and clear(run.mean, 4) and clear(run.drift, 3):
            return


def _slope(points: dict[Fraction, Fraction]) -> Fraction:
    """The slope of the least-squares line."""
    x0 = sum(points, Fraction(0)) / len(points)
    y0 = sum(points.values(), Fraction(0)) / len(points)
    top = sum(((x - x0) * (y - y0) for x, y in points.items()), Fraction(0))
    return top / sum(((x - x0) ** 2 for x in points), Fraction(0))


def _fixed(value: Fraction, digits: int) -> str:
    return f"{float(round(value, digits)):.{digits}f}"


_PROTOCOL = """\
# Joining and judging

- A segment says at which step it was restarted. Segments are in the order of their restart steps, whatever
  the files are called. From its restart step on a segment replaces what earlier ones say.
- A row has four fields: step, time in ps, kinetic and potential energy. Rows with fewer fields are torn
  and do not count.
- The total energy is kinetic plus potential. Energies in kcal/mol are converted to kJ/mol (factor 4.184).
- A run is `diverged` if its joined series has a value that is no finite number; else `incomplete` if it does
  not have every {every}th step from {every} to {planned}.
- `mean` and `drift` leave out the first {skip} steps (up to and including step {skip}). `drift` is the slope of
  the least-squares line through the total energy over time, in kJ/mol per ns. A run is `drifting`
  if the drift's magnitude exceeds {limit}, else it is `ok`.
"""
_JOIN = r"""
cat > /tmp/join.py <<'EOF'
import glob, os, re

for folder in glob.glob("/tmp/raw/*"):
    segments = []
    for path in glob.glob(folder + "/*"):
        body = open(path).read()
        start = int(re.search(r"restart_step: (\d+)", body)[1])
        unit = re.search(r"energy_unit: (\S+)", body)[1]
        rows = [line.split() for line in body.splitlines() if not line.startswith("#")]
        segments.append((start, unit, [row for row in rows if len(row) == 4]))
    series = {}
    for start, unit, rows in sorted(segments):
        series = {step: energy for step, energy in series.items() if step < start}
        factor = 4.184 if unit == "kcal/mol" else 1
        series.update((int(step), (float(kin) + float(pot)) * factor) for step, _, kin, pot in rows)
    with open("/tmp/joined/" + os.path.basename(folder), "w") as file:
        file.writelines(f"{step},{energy:.4f}\n" for step, energy in sorted(series.items()))
    with open("/tmp/raw/" + os.path.basename(folder) + ".full", "w") as file:
        file.writelines(f"{step} {energy!r}\n" for step, energy in sorted(series.items()))
EOF
"""
_JUDGE = r"""
cat > /tmp/judge.py <<'EOF'
import glob, math, os, re

text = " ".join(open("PROTOCOL.md").read().split())
every, planned = map(int, re.search(r"from (\d+) to (\d+)", text).groups())
skip = int(re.search(r"including step (\d+)", text)[1])
limit = float(re.search(r"magnitude exceeds ([\d.]+)", text)[1])
for path in sorted(glob.glob("/tmp/raw/*.full")):
    series = [(int(a), float(b)) for a, b in map(str.split, open(path))]
    mean = drift = exact = ""
    if not all(math.isfinite(e) for _, e in series):
        verdict = "diverged"
    elif [s for s, _ in series] != list(range(every, planned + 1, every)):
        verdict = "incomplete"
    else:
        used = [(s * 2e-6, e) for s, e in series if s > skip]
        t0, exact = (math.fsum(column) / len(used) for column in zip(*used))
        slope = math.fsum((t - t0) * (e - exact) for t, e in used) / math.fsum((t - t0) ** 2 for t, _ in used)
        verdict = "drifting" if abs(slope) > limit else "ok"
        mean, drift = f"{exact:.4f}", f"{slope:.3f}"
    print(os.path.basename(path)[:-5], len(series), series[-1][0], mean, drift, verdict, exact, sep=",")
EOF
"""
