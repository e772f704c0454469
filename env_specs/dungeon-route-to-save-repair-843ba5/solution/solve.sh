#!/bin/bash
cd /app/intake
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
cd /app/workspace/"$level"
cat docs/FORMAT.md
ls -l saves autosaves/* journals | head -60
f=$(ls saves/*.sav | head -1); od -A d -t x1z "$f" | head; tail -4 journals/$(basename "$f" .sav).log
cat > /tmp/codec.py <<'EOF'
import os, struct, sys, zlib

HEAD = "<4sHHIiHHH"


def load(path):
    raw = open(path, "rb").read()
    if len(raw) < 26:
        return None
    magic, version, level, seq, gold, x, y, count = struct.unpack_from(HEAD, raw)
    item = struct.Struct("<HH" if version == 1 else "<HI")
    if len(raw) != 22 + count * item.size + 4 or zlib.crc32(raw[:-4]) != struct.unpack("<I", raw[-4:])[0]:
        return None
    items = dict(item.unpack_from(raw, 22 + n * item.size) for n in range(count))
    return dict(version=version, level=level, seq=seq, gold=gold, x=x, y=y, items=items)


def dump(s):
    raw = struct.pack(HEAD, b"CRWL", s["version"], s["level"], s["seq"], s["gold"], s["x"], s["y"], len(s["items"]))
    for pair in sorted(s["items"].items()):
        raw += struct.pack("<HH" if s["version"] == 1 else "<HI", *pair)
    return raw + struct.pack("<I", zlib.crc32(raw))


if __name__ == "__main__":
    for path in sys.argv[1:]:
        state = load(path)
        name = os.path.basename(path)[:-4]
        print(name, "damaged" if state is None else f"sound seq={state['seq']} v{state['version']} gold={state['gold']}")
EOF
python3 /tmp/codec.py saves/*.sav
python3 /tmp/codec.py saves/*.sav | awk '$2 == "damaged" {print $1}' > /tmp/damaged.txt; cat /tmp/damaged.txt
for c in $(cat /tmp/damaged.txt); do echo "$c"; python3 /tmp/codec.py autosaves/$c/*.sav; done
for c in $(cat /tmp/damaged.txt); do tail -2 journals/$c.log; done
cat > /tmp/replay.py <<'EOF'
import glob, json, os, sys
from codec import dump, load

who = sys.argv[1]
sound = {path: state for path in glob.glob(f"autosaves/{who}/*.sav") if (state := load(path))}
base = max(sound, key=lambda path: sound[path]["seq"])
state, replayed, amounts = sound[base], 0, {}
for line in open(f"journals/{who}.log"):
    body, mark = line.rstrip("\n").rsplit(" *", 1)
    if sum(body.encode()) % 256 != int(mark, 16):
        break
    seq, verb, *rest = body.split()
    n = [int(x) for x in rest]
    if verb == "GOLD":
        amounts[int(seq)] = n[0]
    if int(seq) <= state["seq"]:
        continue
    state["seq"], replayed, items = int(seq), replayed + 1, state["items"]
    if verb == "GOLD":
        state["gold"] += n[0]
    elif verb == "UNDO":
        state["gold"] -= amounts[n[0]]
    elif verb == "MOVE":
        state["x"], state["y"] = n
    elif verb == "LEVEL":
        state["level"] = n[0]
    else:
        items[n[0]] = items.get(n[0], 0) + (n[1] if verb == "TAKE" else -n[1])
        if not items[n[0]]:
            del items[n[0]]
open(f"saves/{who}.sav", "wb").write(dump(state))
print(json.dumps(dict(character=who, base=os.path.basename(base), replayed=replayed, gold=state["gold"], items=sum(state["items"].values()))))
EOF
for c in $(cat /tmp/damaged.txt); do python3 /tmp/replay.py $c; done | tee /tmp/report.jsonl
python3 /tmp/codec.py saves/*.sav
character=$(jq -rs 'max_by(.gold).character' /tmp/report.jsonl); echo $character
jq -s 'sort_by(.character)' /tmp/report.jsonl > report.json
cd /app
sha256sum intake/par.csv intake/routes/larch.txt intake/routes/meadow.txt workspace/"$level"/report.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg level "$level" --argjson files "$digests" '{level: $level, files: $files}' > handover.json
