#!/bin/bash
cd /app/intake
ls -l captures sample
cat FORMAT.md
xxd sample/short.rec | head -12
head -5 sample/short.csv; wc -l sample/short.csv
cat > decode.py <<'EOF'
"""Readings of a logger recording; see FORMAT.md."""
import sys
import zlib

MARK = bytes.fromhex("b2af")


def check(data):
    return sum(data) % 65521


def decode(data):
    now, offsets, readings, damaged, place = 0, {}, [], 0, 0
    while (place := data.find(MARK, place)) >= 0:
        head = data[place + 2 : place + 4]
        end = place + 4 + (head[1] if len(head) == 2 else 0)
        stored = data[end : end + 2]
        if len(head) < 2 or len(stored) < 2 or int.from_bytes(stored, "big") != check(data[place + 2 : end]):
            damaged, place = damaged + 1, place + 1
            continue
        kind, body = head[0], data[place + 4 : end]
        place = end + 2
        if kind == 14:
            now = int.from_bytes(body, "big")
        elif kind == 50:
            offsets[body[0]] = int.from_bytes(body[1:3], "big", signed=True)
        elif kind == 17:
            delta = shift = 0
            for at, byte in enumerate(body[1:], 1):
                delta |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            now += delta
            raw = int.from_bytes(body[at + 1 : at + 3], "big", signed=True)
            readings.append((now, body[0], raw + offsets.get(body[0], 0)))
    return readings, damaged


if __name__ == "__main__":
    readings, damaged = decode(open(sys.argv[1], "rb").read())
    for now, channel, value in readings:
        print(f"{now},{channel},{value / 100:.2f}")
    print(damaged, "damaged", file=sys.stderr)
EOF
python3 decode.py sample/short.rec | diff - sample/short.csv && echo the sample agrees
for f in captures/*.rec; do echo "$f"; python3 decode.py "$f" | head -2; done
mkdir -p /tmp/csv && for f in captures/*.rec; do s=$(basename $f .rec); python3 decode.py $f > /tmp/csv/$s.csv 2> /tmp/csv/$s.err; done; cat /tmp/csv/*.err
for f in /tmp/csv/*.csv; do grep -c ',28,' $f; done
rm -f /tmp/rows; for f in captures/*.rec; do s=$(basename $f .rec); awk -F, -v s=$s -v d=$(cut -d' ' -f1 /tmp/csv/$s.err) 'NR == 1 {lo = hi = $1} {if ($1 < lo) lo = $1; if ($1 > hi) hi = $1; if ($2 == 28 && (!n++ || $3 > p)) p = $3 + 0} END {printf "{\"key\":\"%s\",\"value\":{\"readings\":%d,\"damaged\":%d,\"first\":%d,\"last\":%d,\"peak\":%.2f}}\n", s, NR, d, lo, hi, p}' /tmp/csv/$s.csv >> /tmp/rows; done; cat /tmp/rows
jq -s from_entries /tmp/rows > summary.json; rm -rf __pycache__; cat summary.json; top_station=$(jq -r 'to_entries | max_by(.value.peak) | .key' summary.json)
cd /app/workspace/"$top_station"
ls -l events; for f in events/*; do zcat $f | wc -l; done
zcat events/collector-1.jsonl.gz | head -4; zcat events/*.gz | jq -r .type | sort | uniq -c | sort -rn
zcat events/*.gz | jq -r .agent | sort | uniq -c | sort -rn
zcat events/*.gz | jq -r .id | sort | uniq -d | wc -l; zcat events/*.gz | sort | uniq -d | wc -l
zcat events/*.gz | jq -r 'select(.type == "assign") | .variant' | sort | uniq -c
cat > /tmp/sessions.py <<'EOF'
import glob, gzip, json, sys
events, duplicates = {}, 0
for path in sorted(glob.glob("events/*.gz")):
    for line in gzip.open(path, "rt"):
        event = json.loads(line)
        duplicates += event["id"] in events
        events[event["id"]] = event
variants, bots, trails = {}, set(), {}
for e in events.values():
    if "bot" in e["agent"].lower():
        bots.add(e["user"])
    if e["type"] == "assign":
        variants.setdefault(e["user"], set()).add(e["variant"])
    else:
        trails.setdefault(e["user"], []).append(e)
conflicting = {u for u, v in variants.items() if len(v) > 1} - bots
sessions = []
for user, trail in trails.items():
    if user in bots or len(variants.get(user, ())) != 1:
        continue
    last = None
    for e in sorted(trail, key=lambda e: (e["ts"], e["id"])):
        if last is None or e["ts"] - last > 20 * 60000:
            sessions.append({"user": user, "variant": min(variants[user]), "types": []})
        sessions[-1]["types"].append(e["type"])
        last = e["ts"]
json.dump({"sessions": sessions, "bots": len(bots), "conflicting": len(conflicting), "duplicates": duplicates}, open("/tmp/sessions.json", "w"))
print(len(events), len(sessions), len(bots), len(conflicting), duplicates)
EOF
python3 /tmp/sessions.py
jq -r '.sessions[] | .types | join(" ")' /tmp/sessions.json | sort | uniq -c | sort -rn | head
cat > /tmp/table.py <<'EOF'
import json, math, sys
FUNNEL = ['view', 'search', 'cart', 'address', 'pay']
data = json.load(open("/tmp/sessions.json"))
rows = {}
for s in data["sessions"]:
    row = rows.setdefault(s["variant"], {"users": set(), "n": 0, "steps": [0] * len(FUNNEL)})
    row["users"].add(s["user"])
    row["n"] += 1
    step = 0
    for kind in s["types"]:
        if step < len(FUNNEL) and kind == FUNNEL[step]:
            row["steps"][step] += 1
            step += 1
with open(sys.argv[1], "w") as file:
    print("variant,users,sessions," + ",".join(FUNNEL) + ",rate", file=file)
    for name, row in sorted(rows.items()):
        print(name, len(row["users"]), row["n"], *row["steps"], f"{100 * row['steps'][-1] / row['n']:.2f}", sep=",", file=file)
best = max(sorted(rows), key=lambda v: rows[v]["steps"][-1] / rows[v]["n"])
n, x = rows[best]["n"], rows[best]["steps"][-1]
m = sum(r["n"] for r in rows.values()) - n
y = sum(r["steps"][-1] for r in rows.values()) - x
p = (x + y) / (n + m)
z = (x / n - y / m) / math.sqrt(p * (1 - p) * (1 / n + 1 / m))
json.dump({"best": best, "z": round(z, 3), **{k: data[k] for k in ("bots", "conflicting", "duplicates")}}, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/table.py funnel.csv /tmp/report.json; cat funnel.csv
cp /tmp/report.json decision.json; best_variant=$(jq -r .best decision.json); cat decision.json
cd /app
sha256sum intake/summary.json workspace/"$top_station"/funnel.csv workspace/"$top_station"/decision.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg station "$top_station" --argjson files "$digests" '{station: $station, files: $files}' > handover.json
