#!/bin/bash
ls -l train predictions; wc -l test.jsonl predictions/*
head -c 400 test.jsonl; zcat train/shard-00.jsonl.gz | head -c 600
head -3 predictions/*; jq -r .label test.jsonl predictions/*.jsonl | sort | uniq -c | sort -rn | head -30
jq -r '[input_filename, .id] | @tsv' predictions/* | sort | uniq -d | cut -f1 | uniq -c
cat > /tmp/leaks.py <<'EOF'
import glob, gzip, json, re
def grams(text):
    words = re.sub(r"[^a-z0-9]", " ", text.lower()).split()
    return {tuple(words[i:i + 7]) for i in range(len(words) - 7 + 1)}
seen = set()
for path in sorted(glob.glob("train/*.gz")):
    for line in gzip.open(path, "rt"):
        seen |= grams(json.loads(line)["text"])
leaked = [item["id"] for item in map(json.loads, open("test.jsonl")) if grams(item["text"]) & seen]
print("\n".join(sorted(leaked)))
EOF
python3 /tmp/leaks.py > leaked.txt; wc -l leaked.txt; head -3 leaked.txt
id=$(head -1 leaked.txt); grep "\"$id\"" test.jsonl
cat > /tmp/score.py <<'EOF'
import glob, json, os
norm = lambda label: label.strip().lower()
gold = {item["id"]: norm(item["label"]) for item in map(json.loads, open("test.jsonl"))}
leaked = set(open("leaked.txt").read().split())
report = {}
for path in sorted(glob.glob("predictions/*.jsonl")):
    answers = {}
    for line in open(path):
        row = json.loads(line)
        answers[row["id"]] = norm(row["label"])
    clean = [i for i in gold if i not in leaked]
    accuracy = lambda ids: round(100 * sum(answers.get(i) == gold[i] for i in ids) / len(ids), 2)
    scores = []
    for label in {gold[i] for i in clean}:
        hit = sum(gold[i] == label == answers.get(i) for i in clean)
        said, true = sum(answers.get(i) == label for i in clean), sum(gold[i] == label for i in clean)
        scores.append(2 * hit / (said + true))
    report[os.path.basename(path)[:-6]] = {"before": accuracy(gold), "after": accuracy(clean), "macro_f1": round(100 * sum(scores) / len(scores), 2)}
print(json.dumps(report, indent=2))
EOF
python3 /tmp/score.py > /tmp/scores.json; jq -c 'to_entries[]' /tmp/scores.json
jq -r 'to_entries | sort_by(-.value.before) | .[].key' /tmp/scores.json | head -3
cp /tmp/scores.json audit.json; best_model=$(jq -r 'to_entries | max_by(.value.after) | .key' audit.json); echo $best_model
