#!/bin/bash
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
