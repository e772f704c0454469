#!/bin/bash
cd /app/intake
cat FORMAT.md; ls -R checkpoints adapter | head -40
jq -c '[input_filename, .step, (.files | keys)]' checkpoints/*/index.json
f=$(ls checkpoints/*/*.bin | head -1); xxd $f | head -8
cat > /tmp/tensors.py <<'EOF'
import json, struct
SIZE = {"f32": 4, "f16": 2, "bf16": 2}
def load(path):
    raw = open(path, "rb").read()
    length = int.from_bytes(raw[:8], "little")
    found = {}
    for name, info in json.loads(raw[8:8 + length]).items():
        begin, end = (8 + length + o for o in info["offsets"])
        data, count = raw[begin:end], (end - begin) // SIZE[info["dtype"]]
        if info["dtype"] == "bf16":
            data = b"".join(b"\0\0" + data[i:i + 2] for i in range(0, len(data), 2))
        values = struct.unpack(f"<{count}{'e' if info['dtype'] == 'f16' else 'f'}", data)
        found[name] = (info["shape"], list(values))
    return found
def save(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        shape, values = tensors[name]
        header[name] = {"dtype": "f32", "shape": shape, "offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack(f"<{len(values)}f", *values)
    head = json.dumps(header).encode()
    open(path, "wb").write(len(head).to_bytes(8, "little") + head + data)
EOF
python3 -c 'import sys; sys.path.insert(0, "/tmp"); from tensors import load; print({k: v[0] for k, v in load("adapter/adapter.bin").items()})'
jq -r '(input_filename | rtrimstr("index.json")) as $d | .files | to_entries[] | .value + "  " + $d + .key' checkpoints/*/index.json | sha256sum -c --quiet
cat > /tmp/sound.py <<'EOF'
import hashlib, json, math, pathlib, sys
sys.path.insert(0, "/tmp")
from tensors import load
damaged, sound = {}, {}
for folder in sorted(pathlib.Path("checkpoints").iterdir()):
    index = json.loads((folder / "index.json").read_text())
    if any(hashlib.sha256((folder / f).read_bytes()).hexdigest() != d for f, d in index["files"].items()):
        damaged[folder.name] = "digest"
        continue
    shards = {f: load(folder / f) for f in index["files"]}
    if any(name not in shards[shard] for name, shard in index["tensors"].items()):
        damaged[folder.name] = "missing"
    elif not all(math.isfinite(v) for name, shard in index["tensors"].items() for v in shards[shard][name][1]):
        damaged[folder.name] = "value"
    else:
        sound[index["step"]] = folder.name
used = [sound[step] for step in sorted(sound, reverse=True)][:4]
print(json.dumps({"damaged": damaged, "used": used}))
EOF
python3 /tmp/sound.py > /tmp/plan.json; cat /tmp/plan.json
cat > /tmp/merge.py <<'EOF'
import json, math, sys
sys.path.insert(0, "/tmp")
from tensors import load, save
plan = json.load(open("/tmp/plan.json"))
total = {}
for folder in plan["used"]:
    index = json.load(open(f"checkpoints/{folder}/index.json"))
    for name, shard in index["tensors"].items():
        shape, values = load(f"checkpoints/{folder}/{shard}")[name]
        before = total.get(name, (shape, [0.0] * len(values)))[1]
        total[name] = (shape, [a + b for a, b in zip(before, values)])
total = {name: (shape, [v / len(plan["used"]) for v in values]) for name, (shape, values) in total.items()}
adapter = load("adapter/adapter.bin")
for name in [n[:-7] for n in adapter if n.endswith(".lora_a")]:
    (r, k), a = adapter[name + ".lora_a"]
    (n, _), b = adapter[name + ".lora_b"]
    values = total[name][1]
    for i in range(n):
        for j in range(k):
            values[i * k + j] += 7 / r * sum(b[i * r + m] * a[m * k + j] for m in range(r))
release = {"encoder." + n[len("backbone."):] if n.startswith("backbone.") else n: t for n, t in total.items()}
save("weights.bin", release)
plan["parameters"] = sum(len(v) for _, v in release.values())
plan["norms"] = {n: round(math.sqrt(sum(x * x for x in v)), 3) for n, (_, v) in release.items()}
print(json.dumps(plan, indent=2))
EOF
python3 /tmp/merge.py > /tmp/report.json; ls -l weights.bin; jq -c .norms /tmp/report.json
cp /tmp/report.json provenance.json; newest=$(jq -r '.used[0]' provenance.json); echo $newest
cd /app/workspace/"$newest"
cd pebble && git status --short --branch && git branch -a && git tag
git show main:RELEASING.md
git log --oneline main | wc -l; git log --oneline release/1.3 | head
git log --format='%h %s%n%(trailers:unfold)' release/1.3..main | grep -v '^$' | head -60
git log --format='%H %s' --grep='This reverts commit' main | cut -c1-100
cat > /tmp/plan.py <<'EOF'
import json, re, subprocess
run = lambda *a: subprocess.run(["git", *a], capture_output=True, text=True, check=True).stdout
there = {s.split(":")[0] for s in run("log", "--format=%s", "release/1.3").splitlines()}
commits = [c.split("\x1f") for c in run("log", "--reverse", "--topo-order", "--format=%H%x1f%s%x1f%B%x1e", "release/1.3..main").split("\x1e") if c.strip()]
rows = {h.strip(): (s.split(":")[0], b) for h, s, b in commits}
dead, reverts = set(), set()
for sha in reversed(list(rows)):
    found = re.search(r"This reverts commit (\w+)", rows[sha][1])
    if found:
        reverts.add(sha)
        if sha not in dead:
            dead.add(found[1])
by_ticket = {t: h for h, (t, _) in rows.items()}
picked, skipped = set(), {}
def take(sha):
    ticket, body = rows[sha]
    if ticket not in there:
        picked.add(sha)
        for need in re.findall(r"^Needs: (.*)$", body, re.M):
            if need in by_ticket:
                take(by_ticket[need])
for sha, (ticket, body) in rows.items():
    if sha not in reverts and re.search(r"^Backport: 1[.]3$", body, re.M):
        if sha in dead: skipped[ticket] = "reverted"
        elif ticket in there: skipped[ticket] = "present"
        else: take(sha)
order = [h for h in rows if h in picked]
json.dump({"picked": [rows[h][0] for h in order], "skipped": skipped}, open("/tmp/plan.json", "w"))
print("\n".join(order))
EOF
python3 /tmp/plan.py > /tmp/order; cat /tmp/plan.json
for c in $(cat /tmp/order); do git log -1 --format='%h %an: %s' $c; done
git switch -q release/1.3 && git cherry-pick -x $(cat /tmp/order) > /dev/null && git log --oneline | head -30
{ printf '## 1.3.5\n\n'; for c in $(cat /tmp/order); do git log -1 --format='- %s (%an)' $c; done; echo; cat CHANGES; } > /tmp/changes && mv /tmp/changes CHANGES && echo 1.3.5 > VERSION && head -20 CHANGES
git commit -qam 'Release 1.3.5' && git tag -a -m 'Release 1.3.5' v1.3.5 && git show --stat v1.3.5
git status --short --branch; git log -3 --format='%an %ad%n%B'
jq --arg tip $(git rev-parse HEAD) '. + {tip: $tip}' /tmp/plan.json > ../record.json; last_ticket=$(jq -r '.picked[-1]' ../record.json); cd ..; cat record.json
cd /app
sha256sum intake/provenance.json workspace/"$newest"/record.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg checkpoint "$newest" --argjson files "$digests" '{checkpoint: $checkpoint, files: $files}' > handover.json
