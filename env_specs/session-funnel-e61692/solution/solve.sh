#!/bin/bash
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
        if last is None or e["ts"] - last > 30 * 60000:
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
cp /tmp/report.json experiment.json; best_variant=$(jq -r .best experiment.json); cat experiment.json
