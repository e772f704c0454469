#!/bin/bash
cd /app/intake
cat RESOLVING.md manifest.json
ls registry | wc -l; ls archives | wc -l; head -20 registry/$(ls registry | head -1)
jq -r '.name as $n | .releases | to_entries[] | select(.value.yanked) | $n + " " + .key' registry/*.json
jq -r '.name as $n | .releases | to_entries[] | .value.sha256 + "  archives/" + $n + "-" + .key + ".tar"' registry/*.json > /tmp/sums; sha256sum -c --quiet /tmp/sums 2>&1 | head -20
jq -r '.releases[].requires[]' registry/*.json | tr , '\n' | sed 's/[0-9].*//' | sort | uniq -c
cat > /tmp/resolve.py <<'EOF'
import glob, hashlib, json, os, sys
version = lambda text: tuple(map(int, text.split(".")))
def holds(v, constraint):
    for c in constraint.split(","):
        c = c.strip()
        if c == "*": continue
        if c[:2] in (">=", "!="): op, w = c[:2], version(c[2:])
        else: op, w = c[0], version(c[1:])
        keep = 3 - {"~": 1, "^": 1 if w[0] == 0 else 2}.get(op, 0)
        ok = {">=": v >= w, "<": v < w, "!=": v != w}.get(op, v >= w and v[:keep] == w[:keep])
        if not ok: return False
    return True
index = {}
for path in glob.glob("registry/*.json"):
    data = json.load(open(path))
    index[data["name"]] = {}
    for text, release in data["releases"].items():
        archive = f"archives/{data['name']}-{text}.tar"
        if release.get("yanked") or not os.path.exists(archive): continue
        if hashlib.sha256(open(archive, "rb").read()).hexdigest() == release["sha256"]:
            index[data["name"]][version(text)] = release
def solve(chosen, wants):
    if any(name in chosen and not holds(chosen[name], c) for name, c in wants): return None
    open_ = sorted({name for name, _ in wants} - set(chosen))
    if not open_: return chosen
    name = open_[0]
    for v in sorted(index[name], reverse=True):
        if all(holds(v, c) for n, c in wants if n == name):
            done = solve({**chosen, name: v}, wants + list(index[name][v]["requires"].items()))
            if done: return done
chosen = solve({}, list(json.load(open("manifest.json"))["requires"].items()))
lock = {n: {"version": ".".join(map(str, v)), "sha256": index[n][v]["sha256"], "requires": sorted(index[n][v]["requires"])} for n, v in sorted(chosen.items())}
json.dump(lock, open("/tmp/lock.json", "w"), indent=2)
EOF
python3 /tmp/resolve.py && jq -c 'to_entries[] | [.key, .value.version]' /tmp/lock.json
jq -r 'to_entries[] | .value.sha256 + "  archives/" + .key + "-" + .value.version + ".tar"' /tmp/lock.json | sha256sum -c --quiet && echo all archives are sound
python3 - <<'EOF' > /tmp/order
import json
lock, done = json.load(open('/tmp/lock.json')), []
while len(done) < len(lock):
    done.append(min(p for p in lock if p not in done and set(lock[p]['requires']) <= set(done)))
print(*done, sep='\n')
EOF
cp /tmp/order build-order.txt; cat build-order.txt
cp /tmp/lock.json lock.json; last_built=$(tail -1 build-order.txt); echo $last_built
cd /app/workspace/"$last_built"
cat RULES.md; head -5 puzzles.txt
sqlite3 season.db .schema
sqlite3 season.db 'SELECT count(*) FROM games; SELECT count(*) FROM moves; SELECT * FROM games LIMIT 3; SELECT * FROM moves LIMIT 5'
grep -A3 '^## Moves' RULES.md
cat > /tmp/theory.py <<'EOF'
import functools, operator, re

RULES = open("RULES.md").read()
TAKES = [int(n) for n in re.findall(r"\d+", re.search(r"takes exactly (.*) counters", RULES)[1])]
SPLITS = "may split" in RULES


def becomes(n):
    for k in TAKES:
        if k <= n:
            yield (n - k,)
            for low in range(1, (n - k) // 2 + 1) if SPLITS else ():
                yield (n - k - low, low)


@functools.lru_cache(None)
def value(n):
    seen = {total(parts) for parts in becomes(n)}
    return min(set(range(len(seen) + 1)) - seen)


def total(heaps):
    return functools.reduce(operator.xor, map(value, heaps), 0)


def read(text):
    return [int(n) for n in text.split(",")]


def moves(heaps):
    return {f"{n}>{'+'.join(map(str, parts))}": parts for n in set(heaps) for parts in becomes(n)}


def play(heaps, move):
    rest = list(heaps)
    rest.remove(int(move.split(">")[0]))
    return rest + [n for n in moves(heaps)[move] if n]


def winning(heaps):
    return sorted(m for m in moves(heaps) if total(play(heaps, m)) == 0)
EOF
python3 -c "import sys; sys.path.insert(0, '/tmp'); import theory; print(theory.TAKES, [theory.value(n) for n in range(30)])"
cat > /tmp/judge.py <<'EOF'
import sqlite3
from theory import moves, play, read, total

db = sqlite3.connect("file:season.db?mode=ro", uri=True)
names = dict(db.execute("SELECT id, name FROM players"))
rows = {name: [0, 0, 0] for name in names.values()}
for game, first, second, text in db.execute("SELECT * FROM games ORDER BY id").fetchall():
    heaps, counts = read(text), [[1, 0, 0], [1, 0, 0]]
    played = db.execute("SELECT ply, move FROM moves WHERE game = ? ORDER BY ply", (game,)).fetchall()
    for ply, move in played:
        if move not in moves(heaps):
            print("illegal", game, ply, sep="\t")
            break
        after = play(heaps, move)
        mine = counts[(ply - 1) % 2]
        mine[1] += 1
        mine[2] += total(heaps) != 0 and total(after) != 0
        heaps = after
    else:
        for who, count in zip((first, second), counts):
            rows[names[who]] = [a + b for a, b in zip(rows[names[who]], count)]
for name, row in rows.items():
    print("player", name, *row, sep="\t")
EOF
python3 /tmp/judge.py > /tmp/judged.tsv
cut -f1 /tmp/judged.tsv | sort | uniq -c
(echo game,ply; grep ^illegal /tmp/judged.tsv | cut -f2,3 | tr '\t' , | sort -t, -n) > illegal.csv
(echo player,games,moves,blunders; grep ^player /tmp/judged.tsv | cut -f2- | tr '\t' , | LC_ALL=C sort -t, -k4,4nr -k1,1) > blunders.csv
cat illegal.csv blunders.csv
player=$(sed -n 2p blunders.csv | cut -d, -f1); echo "$player"
python3 -c "import sys; sys.path.insert(0, '/tmp'); import theory; [print(p.strip() + ': ' + (' '.join(theory.winning(theory.read(p))) or '-')) for p in open('puzzles.txt')]" > solutions.txt
cd /app
sha256sum intake/lock.json intake/build-order.txt workspace/"$last_built"/illegal.csv workspace/"$last_built"/blunders.csv workspace/"$last_built"/solutions.txt | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg package "$last_built" --argjson files "$digests" '{package: $package, files: $files}' > handover.json
