#!/bin/bash
ls -R /app; cat Makefile method.md
tail -n +1 cases/*
cat heat.c
make
for n in 25 50 100 200 400; do ./heat cases/duct.case $n $(awk "BEGIN {print 0.13 * 25 / $n}"); done
for n in 100 200 400; do ./heat cases/duct.case $n 0.0005; done
cp heat.c /tmp/heat.orig.c
cat > /tmp/steps.txt <<'TXT'
    int steps = (int)ceil(c->end / dt_max - 1e-9);
    if (steps < 1)
        steps = 1;
    *dt = c->end / steps;
    return steps;
TXT
sed -i -e '/int steps = (int)(c->end/{r /tmp/steps.txt
d}' -e '/^    \*dt = dt_max;$/d' -e '/return steps < 1 ? 1 : steps;/d' heat.c
make && for n in 25 50 100 200 400; do ./heat cases/duct.case $n $(awk "BEGIN {print 0.13 * 25 / $n}"); done
sed -i 's|\*lower = 1 / (dx \* dx);|*lower = 2 / (dx * dx);|; s|\*diagonal = -(1 + dx|*diagonal = -2 * (1 + dx|; s|\*constant = -q / (c->k \* dx);|*constant = -2 * q / (c->k * dx);|' heat.c
make && for n in 25 50 100 200 400; do ./heat cases/duct.case $n 0.0005; done
for dt in 0.1 0.05 0.025 0.0125; do ./heat cases/duct.case 1600 $dt; done
sed -i 's|dt \* source(c, i \* dx, t);|dt * source(c, i * dx, t + dt / 2);|' heat.c
make && for dt in 0.1 0.05 0.025 0.0125; do ./heat cases/duct.case 1600 $dt; done
cat > /tmp/probe.txt <<'TXT'
    double place = c->probe / dx;
    int i = (int)place;
    if (i > n - 1)
        i = n - 1;
    return u[i] + (place - i) * (u[i + 1] - u[i]);
TXT
sed -i -e '/int i = (int)(c->probe \/ dx);/{r /tmp/probe.txt
d}' -e '/return u\[i > n ? n : i\];/d' heat.c
make && diff /tmp/heat.orig.c heat.c
cat > /tmp/study.py <<'PY'
import csv, json, math, pathlib, subprocess
report = pathlib.Path("/app/report")
report.mkdir()
rows, cases = [], {}
for path in sorted(pathlib.Path("/app/cases").glob("*.case")):
    c = dict(line.split(" = ") for line in path.read_text().splitlines())
    def run(level):
        n = int(c["coarsest"]) * 2**level
        out = subprocess.check_output(["/app/heat", path, str(n), repr(float(c["dt"]) / 2**level)], text=True)
        steps, error, probe = out.split()
        return n, int(steps), float(error), float(probe)
    runs = [run(level) for level in range(int(c["levels"]))]
    orders = [None] + [math.log2(a[2] / b[2]) for a, b in zip(runs, runs[1:])]
    for (n, steps, error, _), order in zip(runs, orders):
        rows.append([path.stem, n, steps, f"{error:.5e}", "" if order is None else f"{order:.3f}"])
    level = 0
    while run(level)[2] > float(c["tolerance"]):
        level += 1
    cases[path.stem] = {"order": round(orders[-1], 2), "probe": round((4 * runs[-1][3] - runs[-2][3]) / 3, 5), "n_needed": run(level)[0]}
with open(report / "convergence.csv", "w", newline="") as out:
    csv.writer(out, lineterminator="\n").writerows([["case", "n", "steps", "error", "order"], *rows])
json.dump(cases, open("/tmp/cases.json", "w"))
PY
python3 /tmp/study.py
column -s, -t report/convergence.csv 2>/dev/null || cat report/convergence.csv
jq '{defects: (["plan_steps", "cooled_end", "advance", "at_probe"] | sort), cases: .}' /tmp/cases.json | tee report/summary.json
