#!/bin/bash
ls -l levels
cat RULES.md
head -7 levels/*.lvl
grep -H -E '^(encoding|mud)' levels/*.lvl
cat > /tmp/levels.py <<'EOF'
import sys


def load(path):
    head, _, body = open(path).read().partition("---\n")
    info = dict(line.split(": ", 1) for line in head.splitlines())
    rows = body.splitlines()
    if info["encoding"] == "rle":
        rows = ["".join(int(n) * t for n, t in (run.split(":") for run in row.split())) for row in rows]
    return info, rows


if __name__ == "__main__":
    print("\n".join(load(sys.argv[1])[1]))
EOF
for f in levels/*.lvl; do echo "$f"; python3 /tmp/levels.py "$f"; done | head -40
cat > /tmp/route.py <<'EOF'
import heapq, re, sys
from levels import load

default = int(re.search(r"mud; entering costs (\d+)", open("RULES.md").read())[1])
moves = {"D": (1, 0), "L": (0, -1), "R": (0, 1), "U": (-1, 0)}
arrow = dict(zip("v<>^", "DLRU"))
for path in sys.argv[1:]:
    info, rows = load(path)
    mud = int(info.get("mud", default))
    tiles = {(y, x): t for y, row in enumerate(rows) for x, t in enumerate(row)}
    twin = {p: q for p, t in tiles.items() if t.isdigit() for q, u in tiles.items() if u == t and q != p}
    queue, seen = [(0, "", next(p for p, t in tiles.items() if t == "S"), frozenset())], set()
    while queue:
        cost, route, at, keys = heapq.heappop(queue)
        if (at, keys) in seen:
            continue
        seen.add((at, keys))
        if tiles[at] == "G":
            print(info["name"], cost, len(route), len(keys), route, sep=",")
            break
        for letter, (dy, dx) in moves.items():
            to = (at[0] + dy, at[1] + dx)
            tile = tiles.get(to, "#")
            if tile == "#" or arrow.get(tiles[at], letter) != letter:
                continue
            if tile in "ABC" and tile.lower() not in keys:
                continue
            held = keys | {tile} if tile in "abc" else keys
            heapq.heappush(queue, (cost + (mud if tile == "~" else 1), route + letter, twin.get(to, to), held))
EOF
mkdir -p routes && python3 /tmp/route.py levels/*.lvl > /tmp/found.csv
cat /tmp/found.csv
while IFS=, read -r name cost moves keys route; do echo "$route" > "routes/$name.txt"; done < /tmp/found.csv
wc -c routes/*.txt
level=$(sort -t, -k2,2nr -k1,1 /tmp/found.csv | head -1 | cut -d, -f1); echo "$level"
(echo level,cost,moves,keys; cut -d, -f1-4 /tmp/found.csv | LC_ALL=C sort -t, -k2,2nr -k1,1) > par.csv
