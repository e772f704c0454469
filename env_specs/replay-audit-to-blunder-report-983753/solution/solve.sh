#!/bin/bash
cd /app/intake
cat engine/README.md
cat engine/engine.py
ls replays | wc -l; cut -c1-400 replays/$(ls replays | head -1)
jq -r '[.id, .player, .client, .ticks, .score] | @tsv' replays/*.json
cat > /tmp/expand.py <<'EOF'
import json, re, sys

text = json.load(open(sys.argv[1]))["inputs"]
print("".join(int(n or 1) * key for n, key in re.findall(r"(\d*)(\D)", text)))
EOF
for f in replays/*.json; do python3 /tmp/expand.py $f > /tmp/$(basename $f .json).keys; done; wc -c /tmp/*.keys | tail -1
cut -c1-60 /tmp/$(ls replays | head -1 | cut -d. -f1).keys
cat > /tmp/audit.py <<'EOF'
import glob, json, sys

sys.path.insert(0, "engine")
from engine import Mine

for path in sorted(glob.glob("replays/*.json")):
    replay = json.load(open(path))
    keys = open(f"/tmp/{replay['id']}.keys").read().strip()
    game, bad = Mine(replay["seed"]), ""
    for tick, key in enumerate(keys, 1):
        game.step(key)
        mark = replay["checkpoints"].get(str(tick))
        if mark is not None and mark != game.checkpoint() and not bad:
            bad = tick
    verdict = "genuine" if game.score == replay["score"] else "forged-score"
    if len(keys) < replay["ticks"]:
        verdict, bad = "incomplete", ""
    elif bad:
        verdict = "desync"
    print(replay["id"], replay["player"], replay["score"], game.score, verdict, bad, sep=",")
EOF
PYTHONDONTWRITEBYTECODE=1 python3 /tmp/audit.py > /tmp/rows.csv
cut -d, -f5 /tmp/rows.csv | sort | uniq -c
replay=$(LC_ALL=C sort /tmp/rows.csv | grep -m1 ,desync, | cut -d, -f1); echo $replay
(echo replay,player,claimed,actual,verdict,first_bad_tick; LC_ALL=C sort -t, -k1,1 /tmp/rows.csv) > audit.csv
awk -F, '$5 == "genuine" && (!($2 in best) || $4 > best[$2]) {best[$2] = $4} END {for (p in best) print p, best[p]}' audit.csv | LC_ALL=C sort -k2,2nr -k1,1 | awk '{print NR, $0}' > standings.txt
cd /app/workspace/"$replay"
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
sha256sum intake/audit.csv intake/standings.txt workspace/"$replay"/illegal.csv workspace/"$replay"/blunders.csv workspace/"$replay"/solutions.txt | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg replay "$replay" --argjson files "$digests" '{replay: $replay, files: $files}' > handover.json
