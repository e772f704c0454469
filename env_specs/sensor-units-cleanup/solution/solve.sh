#!/bin/bash
ls -R . && cat docs/PROTOCOL.md
cat log/maintenance.log
head -4 raw/*.csv; wc -l raw/*.csv
for file in raw/*.csv; do echo "$file: $(tail -n +3 $file | cut -c12-16 | sort | uniq -c | tr '\n' ' ')"; done
for file in raw/*.csv; do echo "$file: $(tail -n +3 $file | tr ';' ',' | cut -d, -f1 | sort | uniq -d | wc -l) times stand twice"; done; grep -hoE '(NA|///|-9999|999\.9|-1\.0|,0\.0)$|,,' raw/*.csv | sort | uniq -c
grep -n -A1 -E '2024-01-18 0[369]|2024-01-18 12' raw/CO.csv; grep -nE '2024-01-12 (09|1)|2024-02-09 1' raw/DN.csv
grep -nE '2024-01-(19 1[58]|20 0|22 1[25])' raw/AL.csv; grep -nE '2024-01-(19 1[58]|20 0|22 1[25])' raw/BR.csv; grep -n '2024-03-22 12' raw/FJ.csv
cat > /tmp/stage1.py <<'PY'
"""Raw files to one table of readings: UTC, the line that holds, the units of the day, known errors off."""
import json, pathlib
from datetime import datetime, timedelta

def t(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M")

TEMP = {"C": lambda v: v, "F": lambda v: (v - 32) / 1.8, "K": lambda v: v - 273.15}
HPA = {"hPa": 1.0, "Pa": 0.01, "inHg": 33.8639, "mmHg": 1.33322}
MS = {"m/s": 1.0, "kn": 1852 / 3600, "mph": 0.44704, "km/h": 1 / 3.6}
table = {}
for path in sorted(pathlib.Path("raw").glob("*.csv")):
    name = path.stem
    head, columns, *lines = path.read_text().splitlines()
    units = [part.split("=")[1] for part in head.split()[2:]]
    for line in lines:
        fields = line.replace(",", ".").split(";") if ";" in line else line.split(",")
        time = t(fields[0])
        if name == "DN" and t("2024-01-12 12:00") < time <= t("2024-02-09 13:30"):
            time -= timedelta(hours=1)
        temp, pressure, wind = [None if f in ("", "-9999", "NA", "///") else float(f) for f in fields[1:]]
        ut, up, uw = ("K", "Pa", "m/s") if name == "CO" and time > t("2024-01-18 07:40") else units
        temp = None if temp is None else TEMP[ut](temp)
        pressure = None if pressure is None else pressure * HPA[up]
        wind = None if wind is None else wind * MS[uw]
        if temp is not None and name == "EK" and t("2024-01-25 10:30") < time <= t("2024-03-05 08:00"):
            temp -= 1.8
        if pressure is not None and name == "AL" and time > t("2024-02-15 13:00"):
            pressure -= 1.7
        if name == "AL" and t("2024-01-19 18:00") <= time <= t("2024-01-22 12:00"):
            wind = None
        if name == "FJ" and time <= t("2024-02-20 10:00"):
            temp = None
        if name == "DN" and t("2024-03-15 21:00") <= time <= t("2024-03-18 06:00") or name == "FJ" and time == t("2024-03-22 12:00"):
            temp = pressure = wind = None
        table[name, time.strftime("%Y-%m-%dT%H:%MZ")] = [temp, pressure, wind]
json.dump([[*key, *values] for key, values in sorted(table.items())], open("/tmp/stage1.json", "w"))
PY
python3 /tmp/stage1.py && jq -r 'group_by(.[0])[] | [.[0][0], length, (map(.[2] | values) | min, max), (map(.[3] | values) | min, max), (map(.[4] | values) | min, max)] | @tsv' /tmp/stage1.json
cat > /tmp/stage2.py <<'PY'
"""Plausibility and spikes."""
import json
from datetime import datetime, timedelta

rows = json.load(open("/tmp/stage1.json"))
LIMITS = ((-40, 50), (900, 1080), (0, 75))
for row in rows:
    for place, (low, high) in enumerate(LIMITS, 2):
        if row[place] is not None and not low <= row[place] <= high:
            row[place] = None
temps = {(name, time): temp for name, time, temp, _, _ in rows if temp is not None}

def beside(name, time, hours):
    other = datetime.strptime(time, "%Y-%m-%dT%H:%MZ") + timedelta(hours=hours)
    return temps.get((name, other.strftime("%Y-%m-%dT%H:%MZ")))

spikes = []
for (name, time), temp in temps.items():
    before, after = beside(name, time, -3), beside(name, time, 3)
    if before is None or after is None:
        continue
    if temp > max(before, after) + 8 or temp < min(before, after) - 8:
        spikes.append((name, time))
        print("spike", name, time, round(before, 1), round(temp, 1), round(after, 1))
for row in rows:
    if (row[0], row[1]) in spikes:
        row[2] = None
json.dump({"rows": [r for r in rows if r[2:] != [None] * 3], "spikes": sorted(" ".join(s) for s in spikes)}, open("/tmp/stage2.json", "w"))
PY
python3 /tmp/stage2.py
jq -r '.rows[] | select(.[3] < 985 or .[4] > 24) | @tsv' /tmp/stage2.json | head -20
python3 -c 'import json; rows = json.load(open("/tmp/stage2.json"))["rows"]; print("station,time,temp_c,pressure_hpa,wind_ms", *[",".join(r[:2] + ["" if v is None else f"{v:.2f}" for v in r[2:]]) for r in rows], sep="\n")' > clean.csv; wc -l clean.csv; head -3 clean.csv
cat > /tmp/report.py <<'PY'
import calendar, json

data = json.load(open("/tmp/stage2.json"))
rows = data["rows"]
stations = sorted({row[0] for row in rows})
counts = {s: {n: sum(r[0] == s and r[i] is not None for r in rows) for i, n in enumerate(("temp_c", "pressure_hpa", "wind_ms"), 2)} for s in stations}

def mean(station, month):
    values = [r[2] for r in rows if r[0] == station and r[1].startswith(month) and r[2] is not None]
    enough = 0.8 * 8 * calendar.monthrange(2024, int(month[-2:]))[1]
    return round(sum(values) / len(values), 2) if len(values) >= enough else None

def extreme(place, best):
    row = best((r for r in rows if r[place] is not None), key=lambda r: r[place])
    return {"station": row[0], "time": row[1], "value": round(row[place], 2)}

monthly = {s: {m: mean(s, m) for m in ("2024-01", "2024-02", "2024-03")} for s in stations}
report = {"counts": counts, "monthly_temp_c": monthly, "spikes": data["spikes"], "max_wind": extreme(4, max), "min_pressure": extreme(3, min)}
json.dump(report, open("report.json", "w"), indent=2)
PY
python3 /tmp/report.py && cat report.json
