#!/bin/bash
cd /app/intake
cat alert.json
cd pine && git status --short --branch && git for-each-ref --format='%(objectname:short) %(refname)'
git log --all --oneline --graph | head -40
git log --all -p | grep -E '^[-+].*KEY' | head -20
git log --all -p --format= -m | grep -oE 'tok[.][a-z0-9]+' | LC_ALL=C sort -u > /tmp/candidates; wc -l /tmp/candidates
while read k; do echo "$(printf %s "$k" | sha256sum | cut -d' ' -f1) $k"; done < /tmp/candidates > /tmp/sums; for s in $(jq -r '.sha256[]' ../alert.json); do grep $s /tmp/sums; done | tee /tmp/leaked
git rev-list --all --date-order --reverse --timestamp | sort -n -s -k1,1 | cut -d' ' -f2 > /tmp/commits; wc -l /tmp/commits
while read sum key; do git grep -lF $key $(cat /tmp/commits) -- | awk -F: '!seen[$1]++' > /tmp/hits.$sum; head -1 /tmp/hits.$sum; done < /tmp/leaked
while read sum key; do first=$(head -1 /tmp/hits.$sum); c=${first%%:*}; jq -n --arg sha256 $sum --arg file ${first#*:} --arg commit $c --arg author $(git log -1 --format=%ae $c) --argjson commits $(wc -l < /tmp/hits.$sum) '$ARGS.named'; done < /tmp/leaked > /tmp/rows; cat /tmp/rows
jq -s . /tmp/rows > ../leaks.json; leaky_service=$(jq -r '.[0].file' ../leaks.json | xargs basename | cut -d. -f1); echo $leaky_service
awk '{m = $2; gsub(/./, "x", m); gsub(/[.]/, "[.]", $2); print "s|" $2 "|" m "|g"}' /tmp/leaked > /tmp/mask.sed; cat /tmp/mask.sed
git fast-export --all > /tmp/old.fi && LC_ALL=C sed -f /tmp/mask.sed /tmp/old.fi > /tmp/new.fi; ls -l /tmp/*.fi
git fast-import --force --quiet < /tmp/new.fi && git reset -q --hard main && git for-each-ref
git reflog expire --expire=now --all; rm -f .git/ORIG_HEAD .git/FETCH_HEAD; git gc -q --prune=now; git cat-file --batch --batch-all-objects | grep -acF -f <(cut -d' ' -f2 /tmp/leaked); git fsck --unreachable; git status --short --branch; cd ..
cd /app/workspace/"$leaky_service"
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
sha256sum intake/leaks.json workspace/"$leaky_service"/report.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg service "$leaky_service" --argjson files "$digests" '{service: $service, files: $files}' > handover.json
