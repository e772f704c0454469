#!/bin/bash
ls . data data/shards runs | head -60
cat docs/decontamination.md
head -2 data/eval.jsonl data/shards/shard-00.jsonl
first=$(ls runs | head -1); cat runs/$first/config.json; tail -3 runs/$first/train.log; head -3 runs/$first/predictions.csv
wc -l data/eval.jsonl runs/*/predictions.csv; grep -c '^eval accuracy' runs/*/train.log; grep -h init_from runs/*/config.json | sort | uniq -c
cat > /tmp/leaks.py <<'PY'
import json, pathlib, re
def norm(text):
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
held = {norm(json.loads(line)["text"]) for line in open("data/eval.jsonl")}
found = {}
for shard in sorted(pathlib.Path("data/shards").glob("*.jsonl")):
    ids = [r["id"] for r in map(json.loads, shard.open()) if norm(r["text"]) in held]
    if ids:
        found[shard.stem] = sorted(ids)
json.dump(found, open("/tmp/leaks.json", "w"), indent=1)
PY
python3 /tmp/leaks.py
jq 'map_values(length)' /tmp/leaks.json
for run in $(ls runs); do jq -r --arg run $run --slurpfile leaks /tmp/leaks.json 'select(any(.shards[]; . as $s | $leaks[0] | has($s))) | $run' runs/$run/config.json; done > /tmp/contaminated
for run in $(ls runs); do echo "$run $(jq -r '.init_from // "-"' runs/$run/config.json)"; done > /tmp/parents
before=0; until [ $before = $(wc -l < /tmp/contaminated) ]; do before=$(wc -l < /tmp/contaminated); awk 'NR == FNR {bad[$1]; next} $2 in bad {print $1}' /tmp/contaminated /tmp/parents | cat - /tmp/contaminated | sort -u > /tmp/more; mv /tmp/more /tmp/contaminated; done; cat /tmp/contaminated
jq -r '[.id, .label] | join(",")' data/eval.jsonl | sort > /tmp/truth.csv; size=$(wc -l < /tmp/truth.csv)
for run in $(ls runs); do right=$(tail -n +2 runs/$run/predictions.csv | sort | comm -12 - /tmp/truth.csv | wc -l); claim=$(grep '^eval accuracy=' runs/$run/train.log | tail -1 | sed 's/.*=\([0-9.]*\).*/\1/'); echo "$run $right $claim"; done | tee /tmp/scores
awk -v n=$size '{t=$2/n; d=t-$3; if (d<0) d=-d; if (d>0.0005) printf "%s %.4f\n", $1, t}' /tmp/scores | tee /tmp/misreported
best=$(grep -v -F -f /tmp/contaminated /tmp/scores | grep -v -F -f <(cut -d' ' -f1 /tmp/misreported) | sort -k2,2nr | head -1 | cut -d' ' -f1); echo $best
mkdir clean; for shard in $(jq -r 'keys[]' /tmp/leaks.json); do grep -v -F -f <(jq -r --arg s $shard '.[$s][] | "\"id\": \"" + . + "\""' /tmp/leaks.json) data/shards/$shard.jsonl > clean/$shard.jsonl; done; wc -l clean/*
jq -n --slurpfile leaks /tmp/leaks.json --rawfile c /tmp/contaminated --rawfile m /tmp/misreported --arg best $best '{leaks: $leaks[0], contaminated: ($c | split("\n") | map(select(. != ""))), misreported: ($m | split("\n") | map(select(. != "") | split(" ") | {key: .[0], value: (.[1] | tonumber)}) | from_entries), best: $best}' > audit.json && cat audit.json
