#!/bin/bash
ls -l /app /app/data
cat logbook.txt
cat model.md; cat requests.csv
head -4 data/run-01.csv; for run in data/*; do echo $run $(wc -l < $run) $(sed -n 2p $run) $(tail -1 $run); done
cat > /tmp/setup.json <<'JSON'
{"rule": 1000.8, "old_clock": 3606.2, "diameter_mm": {"S": 38.10, "B": 31.75},
 "runs": {"1": ["S", 812.4], "2": ["S", 812.4], "3": ["S", 812.4], "4": ["S", 1104.7], "5": ["S", 1104.7],
          "6": ["S", 1104.7], "7": ["B", 957.1], "9": ["B", 957.1], "10": ["B", 655.0]}}
JSON
awk '/^  Angle sensor/{s="first"} /^  mounted/{s="second"} NF==2 && $1 ~ /^[-+][0-9]+$/ {print s, $1, $2}' logbook.txt | tee /tmp/calibration.txt
cat > /tmp/lib.py <<'PY'
import csv, json
from math import sin, pi
SET = json.load(open("/tmp/setup.json"))
CAL = {}
for line in open("/tmp/calibration.txt"):
    sensor, angle, counts = line.split()
    CAL.setdefault(sensor, []).append((float(counts), float(angle)))
def line_through(points):
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    return slope, my - slope * mx
def load(run):
    """(sample number, true time, angle in radians from the mark) of the samples that can be used."""
    slope, zero = line_through(CAL["first" if run <= 6 else "second"])
    rate = SET["old_clock"] / 3600 if 4 <= run <= 6 else 1.0
    rows = list(csv.DictReader(open(f"/app/data/run-{run:02d}.csv")))
    return [(int(r["sample"]), float(r["clock_s"]) / rate, (slope * int(r["counts"]) + zero) * pi / 180)
            for r in rows if run != 5 or float(r["clock_s"]) <= 20]
def length(run):
    bob, string = SET["runs"][str(run)]
    radius = SET["diameter_mm"][bob] / 2000
    d = string * 1000 / SET["rule"] / 1000 + radius
    return d + 0.4 * radius**2 / d
def motion(p, times, h=0.02):
    """Angles at increasing times; Runge-Kutta on a grid, cubic Hermite between its points."""
    angle, speed, k, gamma = p[:4]
    out, t, i = [], 0.0, 0
    while i < len(times):
        s1 = -k * sin(angle) - 2 * gamma * speed
        v2 = speed + h / 2 * s1
        s2 = -k * sin(angle + h / 2 * speed) - 2 * gamma * v2
        v3 = speed + h / 2 * s2
        s3 = -k * sin(angle + h / 2 * v2) - 2 * gamma * v3
        v4 = speed + h * s3
        s4 = -k * sin(angle + h * v3) - 2 * gamma * v4
        a = angle + h / 6 * (speed + 2 * v2 + 2 * v3 + v4)
        v = speed + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
        while i < len(times) and times[i] <= t + h:
            u = (times[i] - t) / h
            out.append((1 + 2 * u) * (1 - u) ** 2 * angle + u * (1 - u) ** 2 * h * speed + u * u * (3 - 2 * u) * a + u * u * (u - 1) * h * v)
            i += 1
        angle, speed, t = a, v, t + h
    return out
def solve(m, b):
    n = len(b)
    rows = [r[:] + [x] for r, x in zip(m, b)]
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(rows[r][c]))
        rows[c], rows[p] = rows[p], rows[c]
        for r in range(n):
            if r != c:
                f = rows[r][c] / rows[c][c]
                rows[r] = [x - f * y for x, y in zip(rows[r], rows[c])]
    return [rows[i][n] / rows[i][i] for i in range(n)]
def fit(times, angles, p, rounds, keep):
    """Gauss-Newton; p = angle, speed, g/L, gamma, rest."""
    for _ in range(rounds):
        ts = [t for t, k in zip(times, keep) if k]
        base = motion(p, ts)
        cols = []
        for j, eps in enumerate((1e-5, 1e-5, 1e-5, 1e-6)):
            q = list(p)
            q[j] += eps
            cols.append([(x - y) / eps for x, y in zip(motion(q, ts), base)])
        cols.append([1.0] * len(ts))
        res = [a - m - p[4] for a, m in zip((a for a, k in zip(angles, keep) if k), base)]
        normal = [[sum(x * y for x, y in zip(a, b)) for b in cols] for a in cols]
        step = solve(normal, [sum(x * y for x, y in zip(a, res)) for a in cols])
        p = [x + y for x, y in zip(p, step)]
    return p
PY
cat > /tmp/fit.py <<'PY'
import json, sys
sys.path.insert(0, "/tmp")
from lib import *
found = {}
for run in map(int, SET["runs"]):
    rows = load(run)
    times, angles = [r[1] for r in rows], [r[2] for r in rows]
    rest = sorted(angles)[len(angles) // 2]
    p = [angles[0] - rest if abs(angles[0] - angles[1]) < 0.1 else angles[1] - rest, 0.0, 9.8 / length(run), 0.015, rest]
    # Few seconds first, so that a wrong frequency can't slip a cycle.
    for upto in (4, 10, 20, 41):
        for limit in (12, 2):
            model = motion(p, times)
            keep = [t <= upto and abs(a - m - p[4]) * 180 / pi < limit for t, a, m in zip(times, angles, model)]
            p = fit(times, angles, p, 3, keep)
    model = motion(p, times)
    off = [(a - m - p[4]) * 180 / pi for a, m in zip(angles, model)]
    outliers = [r[0] for r, o in zip(rows, off) if abs(o) > 2]
    good = [o for o in off if abs(o) <= 2]
    found[f"run-{run:02d}"] = {"p": p, "L": length(run), "outliers": outliers}
    print(run, "g %.5f gamma %.6f" % (p[2] * length(run), p[3]), "rest %.3f" % (p[4] * 180 / pi), "rms %.4f" % (sum(o * o for o in good) / len(good)) ** 0.5,
          "largest kept %.2f" % max(map(abs, good)), "smallest dropped %.2f" % min([abs(o) for o in off if abs(o) > 2], default=0), outliers)
json.dump(found, open("/tmp/found.json", "w"))
PY
python3 /tmp/fit.py
jq -c 'map_values([.p[2] * .L, .L, (.outliers | length)])' /tmp/found.json
cat > /tmp/report.py <<'PY'
import csv, json, statistics, sys
sys.path.insert(0, "/tmp")
from lib import motion, pi
found = json.load(open("/tmp/found.json"))
g = {name: f["p"][2] * f["L"] for name, f in found.items()}
json.dump({
    "runs": {name: {"g": round(g[name], 4), "gamma": round(f["p"][3], 5), "outliers": f["outliers"]} for name, f in found.items()},
    "g": round(statistics.mean(g.values()), 4),
    "standard_error": round(statistics.stdev(g.values()) / len(g) ** 0.5, 5),
}, open("/app/result.json", "w"), indent=1)
with open("/tmp/predictions.csv", "w") as out:
    out.write("run,time_s,angle_deg\n")
    for row in csv.DictReader(open("/app/requests.csv")):
        (angle,) = motion(found[row["run"]]["p"], [float(row["time_s"])])
        out.write(f"{row['run']},{row['time_s']},{angle * 180 / pi:.2f}\n")
PY
python3 /tmp/report.py
cat /app/result.json /tmp/predictions.csv
cp /tmp/predictions.csv /app/predictions.csv
