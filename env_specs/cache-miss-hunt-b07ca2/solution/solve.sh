#!/bin/bash
ls -l builds; for f in builds/*; do zcat $f | wc -l; done
zcat builds/b2845.jsonl.gz | head -2 | jq -c .
for f in builds/*; do zcat $f | jq -r .target | sort > /tmp/$(basename $f .jsonl.gz).targets; done; comm -13 /tmp/b2841.targets /tmp/b2845.targets
zcat builds/*.gz | jq -c .env | sort | uniq -c | sort -rn | head
zcat builds/*.gz | jq -r '.command[:2] | join(" ")' | sort | uniq -c
cat > /tmp/misses.py <<'EOF'
import collections, gzip, hashlib, json, sys
def read(name):
    return {a["target"]: a for a in map(json.loads, gzip.open(f"builds/{name}.jsonl.gz", "rt"))}
def key(a):
    text = json.dumps([a["command"], a["env"], a["inputs"]], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
old, new = read("b2841"), read("b2845")
known = {key(a) for a in old.values()}
maker = {path: t for t, a in new.items() for path in a["outputs"]}
causes, variables = {}, set()
for t, a in new.items():
    if key(a) in known: continue
    b = old.get(t)
    if b is None: causes[t] = "new"
    elif a["command"] != b["command"]: causes[t] = "command"
    elif a["env"] != b["env"]:
        causes[t] = "env"
        variables |= {v for v in {*a["env"], *b["env"]} if a["env"].get(v) != b["env"].get(v)}
    elif set(a["inputs"]) != set(b["inputs"]) or any(a["inputs"][p] != b["inputs"][p] for p in a["inputs"] if p not in maker): causes[t] = "source"
    else: causes[t] = "upstream"
loose = sorted(t for t, a in new.items() if t in old and key(a) == key(old[t]) and a["outputs"] != old[t]["outputs"])
needs = {t: {maker[p] for p in a["inputs"] if p in maker} for t, a in new.items()}
def below(t, seen):
    for n in needs[t] - seen:
        seen.add(n)
        below(n, seen)
    return seen
weight = collections.Counter({t: 0 for t in [*loose, *(t for t, c in causes.items() if c != "upstream")]})
for t, c in causes.items():
    if c == "upstream": weight.update(set(weight) & below(t, set()))
with open(sys.argv[1], "w") as file:
    print("target,key,cause", file=file)
    for t in sorted(causes): print(t, key(new[t]), causes[t], sep=",", file=file)
json.dump({"hits": len(new) - len(causes), "misses": len(causes), "lost_millis": sum(new[t]["millis"] for t in causes), "causes": collections.Counter(causes.values()), "variables": sorted(variables), "nondeterministic": loose, "culprit": min(weight, key=lambda t: (-weight[t], t))}, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/misses.py /tmp/table.csv /tmp/report.json && cut -d, -f3 /tmp/table.csv | sort | uniq -c
cat /tmp/report.json; head -4 /tmp/table.csv
culprit=$(jq -r .culprit /tmp/report.json); for f in builds/*; do zcat $f | jq -c --arg t $culprit 'select(.target == $t) | [.env, .outputs]'; done
cp /tmp/table.csv misses.csv
cp /tmp/report.json misses.json; culprit=${culprit#//}; culprit=${culprit//[\/:]/-}; echo $culprit
