"""A broken solver for heat conduction, to be mended and used."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Our old solver for heat conduction in a rod (`{where}/solver/rod.c`) was ported to C by a student, and since then
    the results are wrong. {boss} no longer has the original; the scheme is written down in
    `{where}/SCHEME.md`, and the results of a few runs of the old program are in `{where}/validation`. Find
    what deviates from the scheme, mend it, and then compute the cases in `{where}/cases`.
    """,
    """
    {boss} needs the temperatures for the cases in `{where}/cases`, but the program that is to compute them,
    `{where}/solver/rod.c`, does not reproduce the earlier results in `{where}/validation`. What it should do is
    laid down in `{where}/SCHEME.md`. Please repair the program (it is wrong in more than one place)
    and run the cases.
    """,
)
_WANTED = (
    """
    The program's interface must stay as it is: `rod CASE` prints one line `index temperature` per cell, with 6
    decimals. It has to agree with the files in `{where}/validation` to the last digit and must work for any case
    that follows the scheme; `make -C {where}/solver` has to build it without warnings. For each case
    write the program's output to `{where}/results/<case>.txt`, and for all of them `{where}/summary.csv` with the
    header `case,steps,mean,hottest`, ordered by case: the number of time steps, the mean temperature over all
    cells (4 decimals, from the printed values) and the index of the hottest cell (the lowest, if several are
    equal as printed). Cases, validation files, scheme and Makefile must not change.
    """,
    """
    Keep the interface: `rod CASE` prints `index temperature` for every cell, a line each, with 6 decimals; `make -C {where}/solver` builds it and must
    not warn. The repaired program has to reproduce `{where}/validation` exactly as printed, and other cases that follow the scheme will be tried too. Its output for each
    case belongs into `{where}/results/<case>.txt`. Add `{where}/summary.csv`, ordered by case, with the header `case,steps,mean,hottest`: number of time steps, mean of the printed temperatures of all
    cells with 4 decimals, index of the cell with the highest printed temperature (of equal ones the lowest index). Do not change Makefile, scheme, cases or validation files.
    """,
)


@dataclass(frozen=True)
class _Case:
    """The input of a run."""

    name: str
    cells: int
    length: float
    end: float
    alpha: tuple[float, float]
    split: int
    left: float
    right: str
    source: float
    heated: tuple[int, int]
    start: float

    @property
    def text(self) -> str:
        """The case file."""
        rows = {
            "cells": self.cells,
            "length": self.length,
            "end_time": self.end,
            "alpha_left": self.alpha[0],
            "alpha_right": self.alpha[1],
            "split": self.split,
            "left": self.left,
            "right": self.right,
            "source": self.source,
            "heated_from": self.heated[0],
            "heated_to": self.heated[1],
            "start": self.start,
        }
        return "".join(f"{key} {value}\n" for key, value in rows.items())


# Each fault: the right line of the program, the wrong one.
_FAULTS = (
    ("double dx = length / cells;", "double dx = length / (cells - 1);"),
    ("2.0 * a * b / (a + b)", "0.5 * (a + b)"),
    ("0.4 * dx * dx / fastest", "0.4 * dx / fastest"),
    ("2.0 * alpha(0) * (t[0] - left) / dx", "alpha(0) * (t[0] - left) / dx"),
    ("i >= heated_from && i <= heated_to", "i > heated_from && i <= heated_to"),
    ("next[i] = t[i] + dt *", "t[i] = t[i] + dt *"),
    ("i < split ? alpha_left : alpha_right", "i <= split ? alpha_left : alpha_right"),
    ("long steps = (long) ceil(end_time / limit);", "long steps = (long) (end_time / limit);"),
)


class StencilRepair(Family):
    """Mend a finite-volume solver against its written scheme and old results, and run it.

    Hard because each fault changes numbers a little, some show in some cases only, and the program has to
    hold for cases that are not there.
    """

    name = "stencil-repair"
    domain = "scientific_computing"
    skills = ("solver-debugging", "finite-differences", "conservation-check")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        faults = sorted(rng.sample(range(len(_FAULTS)), context.scale(2, 5)))
        source = _SOURCE
        for number in faults:
            right, wrong = _FAULTS[number]
            source = source.replace(right, wrong)
            if wrong.startswith("t[i] ="):
                source = source.replace(_SWAP, "")
        part.file("solver/rod.c", source.encode(), transient=True)
        part.file("solver/Makefile", _MAKEFILE)
        part.file("SCHEME.md", _SCHEME.encode())
        for number in range(context.scale(2, 4)):
            case = _case(context, f"v{number + 1}")
            part.file(f"validation/{case.name}.case", case.text)
            part.file(f"validation/{case.name}.expected", _listing(_run(case)[1]))
        cases = [_case(context, names.project()) for _ in range(context.scale(3, 7))]
        cases.sort(key=lambda case: case.name)
        results = {case.name: _run(case) for case in cases}
        for case in cases:
            part.file(f"cases/{case.name}.case", case.text)
        part.title = "mend a heat solver"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part, faults)
        summary = []
        for name, (steps, values) in results.items():
            shown = [float(f"{value:.6f}") for value in values]
            mean = sum(shown) / len(shown)
            summary.append(f"{name},{steps},{mean:.4f},{shown.index(max(shown))}")
        self._verify(part, results, summary, [_case(context, f"h{n}") for n in range(3)])
        hottest = max(cases, key=lambda case: max(results[case.name][1]))
        part.hide(*(row.split(",")[2] for row in summary))
        part.reveals(
            "case",
            hottest.name,
            [case.name for case in cases if case is not hottest][:3],
            "the case that reaches the highest temperature",
            "case",
        )
        return part

    @staticmethod
    def _solve(part: Part, faults: list[int]) -> None:
        part.do(
            "cat SCHEME.md",
            "cat solver/rod.c solver/Makefile",
            "ls validation cases; cat validation/v1.case",
            "make -s -C solver; for v in validation/*.case; do timeout 20 solver/rod $v | diff -q - ${v%.case}.expected; done",
        )
        for number in faults:
            right, wrong = _FAULTS[number]
            part.do(
                f"sed -i 's,{_escaped(wrong)},{right.replace('&', chr(92) + '&')},' solver/rod.c"
            )
            if right.startswith("next[i]"):
                part.do(f"sed -i '/end of step/i {_SWAP.strip()}' solver/rod.c")
        part.do(
            "make -s -C solver",
            "for v in validation/*.case; do solver/rod $v | diff - ${v%.case}.expected > /dev/null && echo $v agrees; done",
            "mkdir -p results; for c in cases/*.case; do solver/rod $c > results/$(basename $c .case).txt 2> /tmp/$(basename $c .case).steps; done; cat /tmp/*.steps",
            "case=$(for f in results/*.txt; do echo $(sort -k2,2n $f | tail -1 | cut -d' ' -f2) $(basename $f .txt); done | sort -n | tail -1 | cut -d' ' -f2); echo $case",
            "(echo case,steps,mean,hottest; for f in results/*.txt; do n=$(basename $f .txt); echo $n,$(grep -oE '[0-9]+' /tmp/$n.steps | head -1),$(awk 'NR == 1 || $2 > m {m = $2; k = $1} {s += $2} END {printf \"%.4f,%d\", s / NR, k}' $f); done) > summary.csv",
        )

    @staticmethod
    def _verify(
        part: Part,
        results: dict[str, tuple[int, list[float]]],
        summary: list[str],
        hidden: list[_Case],
    ) -> None:
        listings = {
            part.path(f"results/{name}.txt"): _listing(values)
            for name, (_, values) in results.items()
        }
        part.check(
            "the results of all cases are right",
            f"""
            for path, listing in {listings!r}.items():
                assert text(path) == listing, path
            """,
        )
        part.check(
            "summary.csv sums up the results",
            f"assert lines({part.path('summary.csv')!r}) == {['case,steps,mean,hottest', *summary]!r}",
        )
        trials = {case.name: (case.text, _listing(_run(case)[1])) for case in hidden}
        part.helper("import os, shutil, tempfile")
        part.check(
            "the program builds without warnings and computes cases that it has not seen",
            f"""
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o777)
                for name, content in (("rod.c", text({part.path("solver/rod.c")!r})), ("Makefile", {_MAKEFILE!r})):
                    open(folder + "/" + name, "w").write(content)
                built = sh(["make"], cwd=folder)
                assert built.returncode == 0 and "warning" not in built.stderr, built.stderr[:300]
                for name, (case, listing) in {trials!r}.items():
                    open(folder + "/" + name, "w").write(case)
                    code, out, err = run_agent_program([folder + "/rod", folder + "/" + name])
                    assert (code, out) == (0, listing), name
            """,
            slow=True,
        )
        part.unchanged("cases, validation files, scheme and Makefile are unchanged")
        part.output("summary.csv", f"results/{next(iter(results))}.txt")
        part.mutate(
            "sed -i 's/0\\.4 \\* dx/0.3 * dx/' solver/rod.c",
            "sed -i 's/i <= heated_to/i < heated_to/' solver/rod.c",
            "rm solver/rod.c",
        )


def _escaped(text: str) -> str:
    """A text as a basic regular expression."""
    return re.sub(r"([][.*^$\\])", r"\\\1", text)


def _case(context: Context, name: str) -> _Case:
    """A case whose printed digits do not hang on the last bits."""
    rng = context.rng
    while True:
        cells = rng.randint(12, context.scale(18, 30))
        low = rng.randint(1, cells - 4)
        case = _Case(
            name,
            cells,
            rng.randint(5, 20) / 10,
            rng.randint(5, 60) / 10,
            (rng.randint(5, 40) / 1000, rng.randint(5, 40) / 1000),
            rng.randint(3, cells - 3),
            rng.randint(-20, 90) / 2,
            rng.choice(("insulated", f"{rng.randint(-20, 90) / 2}")),
            rng.choice((0.0, rng.randint(2, 80) / 4)),
            (low, rng.randint(low, cells - 2)),
            rng.randint(0, 60) / 2,
        )
        steps, values = _run(case)
        ties = [abs(value * 10**6 % 1 - 0.5) for value in values]
        # A fault in the number of steps has to show, too.
        total = sum(round(value * 10**6) for value in values)
        if total % (100 * cells) == 50 * cells:
            continue
        if 40 <= steps <= 500 and min(ties) > 1e-4 and max(values) > min(values) + 1:
            return case


def _run(case: _Case) -> tuple[int, list[float]]:
    """The scheme, once more in Python: number of steps and temperatures."""
    n, dx = case.cells, case.length / case.cells
    alpha = [case.alpha[0] if i < case.split else case.alpha[1] for i in range(n)]
    limit = 0.4 * dx * dx / max(case.alpha)
    steps = math.ceil(case.end / limit)
    dt = case.end / steps
    face = [2.0 * a * b / (a + b) for a, b in itertools.pairwise(alpha)]
    heat = [case.source if case.heated[0] <= i <= case.heated[1] else 0.0 for i in range(n)]
    t = [case.start] * n
    for _ in range(steps):
        flux = [2.0 * alpha[0] * (t[0] - case.left) / dx]
        flux += [face[i] * (t[i + 1] - t[i]) / dx for i in range(n - 1)]
        end = 0.0
        if case.right != "insulated":
            end = 2.0 * alpha[-1] * (float(case.right) - t[-1]) / dx
        flux.append(end)
        t = [t[i] + dt * ((flux[i + 1] - flux[i]) / dx + heat[i]) for i in range(n)]
    return steps, t


def _listing(values: list[float]) -> str:
    return "".join(f"{index} {value:.6f}\n" for index, value in enumerate(values))


_SWAP = "        memcpy(t, next, sizeof t);\n"
_MAKEFILE = """\
CFLAGS = -O2 -std=c11 -Wall -Wextra -ffp-contract=off

rod: rod.c
\t$(CC) $(CFLAGS) -o $@ $< -lm
"""
_SCHEME = """\
# The scheme

The rod is cut into `cells` equal cells of width dx = length / cells; t[i] is the mean temperature of cell i, at first
`start` everywhere. The diffusivity is alpha_left in the cells before cell `split` and alpha_right from cell `split` on.

1. Fluxes between neighbouring cells are a (t[i+1] - t[i]) / dx, where a is the harmonic mean of the two
   cells' diffusivities, 2 a b / (a + b).
2. The left end is held at `left`, half a cell away from the first cell's middle: the flux through it is
   2 alpha (t[0] - left) / dx. The right end is treated alike if `right` is a temperature, and no heat
   flows through it if it is `insulated`.
3. The cells from `heated_from` to `heated_to`, both included, are heated by `source` degrees per unit of time.
4. Explicit Euler: all new temperatures are computed from the old ones. The number of steps is the
   smallest whole number for which the step, end_time / steps, does not exceed 0.4 dx² / (the larger diffusivity).

The program prints the number of steps to standard error.
"""
_SOURCE = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS 1000

static int cells, split, heated_from, heated_to, insulated;
static double length, end_time, alpha_left, alpha_right, left, right, source, start;
static double t[MAX_CELLS], next[MAX_CELLS];

static void read_case(const char *path)
{
    char key[32], value[32];
    FILE *file = fopen(path, "r");

    if (!file) {
        perror(path);
        exit(1);
    }
    while (fscanf(file, "%31s %31s", key, value) == 2) {
        double number = atof(value);
        if (!strcmp(key, "cells")) cells = (int) number;
        else if (!strcmp(key, "length")) length = number;
        else if (!strcmp(key, "end_time")) end_time = number;
        else if (!strcmp(key, "alpha_left")) alpha_left = number;
        else if (!strcmp(key, "alpha_right")) alpha_right = number;
        else if (!strcmp(key, "split")) split = (int) number;
        else if (!strcmp(key, "left")) left = number;
        else if (!strcmp(key, "right")) {
            insulated = !strcmp(value, "insulated");
            right = number;
        }
        else if (!strcmp(key, "source")) source = number;
        else if (!strcmp(key, "heated_from")) heated_from = (int) number;
        else if (!strcmp(key, "heated_to")) heated_to = (int) number;
        else if (!strcmp(key, "start")) start = number;
    }
    fclose(file);
    if (cells < 2 || cells > MAX_CELLS) {
        fprintf(stderr, "%s: bad number of cells\n", path);
        exit(1);
    }
}

static double alpha(int i)
{
    return i < split ? alpha_left : alpha_right;
}

/* Flux through the face between cell i - 1 and cell i. */
static double flux(int i, double dx)
{
    double a, b;

    if (i == 0)
        return 2.0 * alpha(0) * (t[0] - left) / dx;
    if (i == cells)
        return insulated ? 0.0 : 2.0 * alpha(cells - 1) * (right - t[cells - 1]) / dx;
    a = alpha(i - 1);
    b = alpha(i);
    return 2.0 * a * b / (a + b) * (t[i] - t[i - 1]) / dx;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: rod CASE\n");
        return 2;
    }
    read_case(argv[1]);
    double dx = length / cells;
    double fastest = alpha_left > alpha_right ? alpha_left : alpha_right;
    double limit = 0.4 * dx * dx / fastest;
    long steps = (long) ceil(end_time / limit);
    double dt = end_time / steps;

    fprintf(stderr, "%ld steps\n", steps);
    for (int i = 0; i < cells; i++)
        t[i] = start;
    memcpy(next, t, sizeof t);
    for (long step = 0; step < steps; step++) {
        for (int i = 0; i < cells; i++) {
            double heat = i >= heated_from && i <= heated_to ? source : 0.0;
            next[i] = t[i] + dt * ((flux(i + 1, dx) - flux(i, dx)) / dx + heat);
        }
        memcpy(t, next, sizeof t);
    }  /* end of step */
    for (int i = 0; i < cells; i++)
        printf("%d %.6f\n", i, t[i]);
    return 0;
}
""".lstrip("\n")
