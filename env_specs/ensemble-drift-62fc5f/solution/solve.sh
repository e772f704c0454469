#!/bin/bash
cat PROTOCOL.md
ls -R runs | head -30; ls runs | wc -l
mkdir -p /tmp/raw; for r in $(ls runs); do mkdir -p /tmp/raw/$r; for f in runs/$r/*; do xzcat -f $f > /tmp/raw/$r/$(basename $f .xz); done; done
r=/tmp/raw/$(ls runs | head -1); head -7 $r/*; tail -n 2 $r/*
cat /tmp/raw/*/* | grep -h '^# energy_unit' | sort | uniq -c; grep -lE ' (nan|inf|-inf)' /tmp/raw/*/* | wc -l
grep -hvE '^#' /tmp/raw/*/* | awk 'NF != 4' | head
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
mkdir -p /tmp/joined && python3 /tmp/join.py && wc -l /tmp/joined/* | tail -3
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
python3 /tmp/judge.py > /tmp/runs.csv; cat /tmp/runs.csv
(echo run,steps,last_step,mean,drift,verdict; cut -d, -f1-6 /tmp/runs.csv) > runs.csv
run=$(awk -F, '$5 != "" {d = $5 < 0 ? -$5 : $5; print d, $1}' /tmp/runs.csv | sort -rn | head -1 | cut -d' ' -f2); echo $run
mkdir -p joined; for r in $(grep ',ok,' /tmp/runs.csv | cut -d, -f1); do (echo step,energy; cat /tmp/joined/$r) > joined/$r.csv; done; ls joined
grep ',ok,' /tmp/runs.csv | cut -d, -f7 | jq -s '{runs: length, mean: (add / length * 10000 | round / 10000), spread: ((max - min) * 10000 | round / 10000)}' > ensemble.json
