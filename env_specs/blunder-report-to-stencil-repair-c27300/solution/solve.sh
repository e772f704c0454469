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
cat SCHEME.md
cat solver/rod.c solver/Makefile
ls validation cases; cat validation/v1.case
make -s -C solver; for v in validation/*.case; do timeout 20 solver/rod $v | diff -q - ${v%.case}.expected; done
sed -i 's,0\.5 \* (a + b),2.0 * a * b / (a + b),' solver/rod.c
sed -i 's,0\.4 \* dx / fastest,0.4 * dx * dx / fastest,' solver/rod.c
sed -i 's,t\[i\] = t\[i\] + dt \*,next[i] = t[i] + dt *,' solver/rod.c
sed -i '/end of step/i memcpy(t, next, sizeof t);' solver/rod.c
sed -i 's,long steps = (long) (end_time / limit);,long steps = (long) ceil(end_time / limit);,' solver/rod.c
make -s -C solver
for v in validation/*.case; do solver/rod $v | diff - ${v%.case}.expected > /dev/null && echo $v agrees; done
mkdir -p results; for c in cases/*.case; do solver/rod $c > results/$(basename $c .case).txt 2> /tmp/$(basename $c .case).steps; done; cat /tmp/*.steps
case=$(for f in results/*.txt; do echo $(sort -k2,2n $f | tail -1 | cut -d' ' -f2) $(basename $f .txt); done | sort -n | tail -1 | cut -d' ' -f2); echo $case
(echo case,steps,mean,hottest; for f in results/*.txt; do n=$(basename $f .txt); echo $n,$(grep -oE '[0-9]+' /tmp/$n.steps | head -1),$(awk 'NR == 1 || $2 > m {m = $2; k = $1} {s += $2} END {printf "%.4f,%d", s / NR, k}' $f); done) > summary.csv
cd /app
sha256sum intake/illegal.csv intake/blunders.csv intake/solutions.txt workspace/"$player"/summary.csv workspace/"$player"/results/alder.txt | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg player "$player" --argjson files "$digests" '{player: $player, files: $files}' > handover.json
