#!/bin/bash
cd /app/intake
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
cd /app/workspace/"$player"
ls runs | wc -l; ls runs | head -5
cat runs/*/config.json | head -8; cat runs/$(ls runs | head -1)/metrics.jsonl
jq -r '[.learning_rate, .batch_size] | @tsv' runs/*/config.json | sort | uniq -c
wc -l runs/*/metrics.jsonl | awk '{print $1}' | sort -n | uniq -c
grep -l stopped_early runs/*/config.json | wc -l; grep -l null runs/*/metrics.jsonl | wc -l
jq -r '[input_filename, .epoch] | @tsv' runs/*/metrics.jsonl | sort | uniq -d | cut -f1 | uniq -c | head
cat > /tmp/select.py <<'EOF'
import json, pathlib, statistics, sys
from decimal import Decimal
groups, settings = {}, set()
lists = {"diverged": [], "incomplete": [], "superseded": []}
for folder in sorted(pathlib.Path("runs").iterdir()):
    config = json.loads((folder / "config.json").read_text())
    epochs = {r["epoch"]: r for r in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())}
    setting = f"{config['learning_rate']}-{config['batch_size']}"
    settings.add(setting)
    if any(r["val_loss"] is None or r["val_loss"] > 6 for r in epochs.values()):
        lists["diverged"].append(folder.name)
    elif not config.get("stopped_early") and set(range(1, 12 + 1)) - set(epochs):
        lists["incomplete"].append(folder.name)
    else:
        best = min(epochs.values(), key=lambda r: (r["val_loss"], r["epoch"]))
        groups.setdefault(setting, {}).setdefault(config["seed"], []).append((config["started"], folder.name, best))
rows = []
for setting, seeds in groups.items():
    runs = []
    for same in seeds.values():
        *old, new = sorted(same, key=lambda run: run[0])
        lists["superseded"] += [name for _, name, _ in old]
        runs.append(new)
    if len(runs) >= 3:
        score = statistics.mean(Decimal(str(r[2]["val_acc"])) for r in runs)
        epoch = Decimal(sum(r[2]["epoch"] for r in runs)) / len(runs)
        best = max(sorted(runs, key=lambda r: r[1]), key=lambda r: r[2]["val_acc"])
        rows.append((setting, len(runs), score, epoch, best[1]))
rows.sort(key=lambda r: (-r[2], r[0]))
with open(sys.argv[1], "w") as file:
    print("setting,runs,score,epoch", file=file)
    for setting, runs, score, epoch, _ in rows:
        print(f"{setting},{runs},{score:.6f},{epoch:.2f}", file=file)
report = {"winner": rows[0][0], "best_run": rows[0][4], **{k: sorted(v) for k, v in lists.items()}}
report["too_few"] = sorted(settings - {r[0] for r in rows})
json.dump(report, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/select.py /tmp/table.csv /tmp/report.json && cat /tmp/table.csv
jq -c 'map_values(if type == "array" then length else . end)' /tmp/report.json
cp /tmp/table.csv sweep.csv
cp /tmp/report.json winner.json; best_run=$(jq -r .best_run winner.json); echo $best_run
cd /app
sha256sum intake/illegal.csv intake/blunders.csv intake/solutions.txt workspace/"$player"/sweep.csv workspace/"$player"/winner.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg player "$player" --argjson files "$digests" '{player: $player, files: $files}' > handover.json
