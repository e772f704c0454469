#!/bin/bash
ls -R . && cat docs/TOKENIZER.md
cat tok/encode.py
head -8 tok/merges.txt; head -c 300 tok/vocab.json; head -2 recordings/2025-03.jsonl; wc -l tok/* recordings/*
cp -r tok /tmp/damaged
cat > /tmp/compare.py <<'PY'
import json, pathlib, subprocess
rows = [json.loads(one) for path in sorted(pathlib.Path("recordings").glob("*")) for one in path.open(encoding="utf-8")]
out = subprocess.run(["python3", "tok/encode.py"], input="\n".join(r["text"] for r in rows) + "\n", text=True, capture_output=True, check=True).stdout
bad = [(r, got) for r, got in zip(rows, map(json.loads, out.splitlines()), strict=True) if r["ids"] != got]
print(len(bad), "of", len(rows), "differ")
for row, got in bad[:3]:
    print(row, "\n ", got)
PY
python3 /tmp/compare.py
awk 'NR > 1 && NF != 2 {print "not a pair:", $0}' tok/merges.txt; sort tok/merges.txt | uniq -d; jq -r 'to_entries | group_by(.value)[] | select(length > 1)' tok/vocab.json; jq '[.[]] | [length, max]' tok/vocab.json; jq -c '[.[]] as $v | [range(0; $v | max)] - $v' tok/vocab.json
cat > /tmp/vocab.py <<'PY'
"""What each id stood for, as far as the recordings tell; the damaged vocabulary for the rest."""
import json, pathlib, re
rows = [json.loads(one) for path in sorted(pathlib.Path("recordings").glob("*")) for one in path.open(encoding="utf-8")]
claims = {i: token for token, i in json.load(open("/tmp/damaged/vocab.json", encoding="utf-8")).items()}
def pattern(ids, known):
    out, named = "", set()
    for i in ids:
        if i == 1:
            out += "."
        elif i in known:
            out += re.escape(known[i])
        else:
            out += f"(?P=t{i})" if i in named else f"(?P<t{i}>.+)"
            named.add(i)
    return out, named
texts = [("".join("\u2581" + word for word in row["text"].split()), row["ids"][1:-1]) for row in rows]
sound = {}
for text, ids in texts:
    form, named = pattern(ids, claims)
    if not named and re.fullmatch(form, text):
        sound.update({i: claims[i] for i in ids if i != 1})
suspects = {i for _, ids in texts for i in ids} - set(sound) - {1}
print("suspects", sorted(suspects))
while suspects:
    for text, ids in texts:
        form, named = pattern(ids, sound)
        if len(named) == 1:
            i = int(next(iter(named)))
            sound[i] = re.fullmatch(form, text)[f"t{i}"]
    left = suspects - set(sound)
    if left == suspects:
        break
    suspects = left
print("unsolved", suspects)
for i in sorted(sound):
    if claims.get(i) != sound[i]:
        print(i, claims.get(i), "->", sound[i])
tokens = {**{i: t for i, t in claims.items() if t not in sound.values()}, **sound}
print(sorted(set(range(max(tokens))) - set(tokens)), "have no token")
json.dump({t: i for i, t in sorted(tokens.items())}, open("tok/vocab.json", "w", encoding="utf-8"), ensure_ascii=False, indent=0)
PY
python3 /tmp/vocab.py
jq '[.[]] | [length, max, (unique | length)]' tok/vocab.json; jq -c 'to_entries | map(select(.key | length == 1)) | [length, (map(.value) | min, max)]' tok/vocab.json
cat > /tmp/merges.py <<'PY'
"""Merges by rank: the surviving line of each token, else what the lower ranks leave of it."""
import json
vocab = json.load(open("tok/vocab.json", encoding="utf-8"))
lines = [tuple(one.split(" ")) for one in open("/tmp/damaged/merges.txt", encoding="utf-8").read().splitlines()[1:]]
survived = {"".join(one): one for one in lines if len(one) == 2 and one[0] in vocab and one[1] in vocab}
first = max(i for t, i in vocab.items() if len(t) == 1) + 1
merges = []
def apply(symbols, pair):
    out = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out
for token, i in sorted(vocab.items(), key=lambda item: item[1]):
    if i < first:
        continue
    pair = survived.get(token)
    if pair is None:
        symbols = list(token)
        while len(symbols) > 1 and any(p in merges for p in zip(symbols, symbols[1:])):
            symbols = apply(symbols, min((p for p in zip(symbols, symbols[1:]) if p in merges), key=merges.index))
        print(i, token, "<-", symbols)
        pair = tuple(symbols)
    merges.append(pair)
print("no token of ours:", set(survived) - set(vocab))
with open("tok/merges.txt", "w", encoding="utf-8") as file:
    file.write("#version: 2\n" + "".join(" ".join(pair) + "\n" for pair in merges))
PY
python3 /tmp/merges.py
python3 /tmp/compare.py
cat > /tmp/code.py <<'PY'
import pathlib
path = pathlib.Path("tok/encode.py")
code = path.read_text(encoding="utf-8")
head, tail = code.split("def merge_all(symbols, pair):\n")
tail = tail.split("\n\n\n", 1)[1]
code = head + '''def merge_all(symbols, pair):
    merged = []
    for symbol in symbols:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return merged


''' + tail
code = code.replace('.read_text(encoding="utf-8").splitlines():', '.read_text(encoding="utf-8").splitlines()[1:]:')
code = code.replace('if line.startswith("#") or not line.strip():', "if not line.strip():")
path.write_text(code, encoding="utf-8")
PY
python3 /tmp/code.py; diff /tmp/damaged/encode.py tok/encode.py
python3 /tmp/compare.py
sort -u /tmp/damaged/merges.txt > /tmp/had; tail -n +2 tok/merges.txt | LC_ALL=C sort | grep -v -x -F -f /tmp/had | jq -Rn '[inputs]' > /tmp/restored.json
jq -n --slurpfile old /tmp/damaged/vocab.json --slurpfile new tok/vocab.json --slurpfile m /tmp/restored.json '{merges_restored: $m[0], vocab_restored: ($new[0] | with_entries(select(.value != $old[0][.key])))}' > repair.json && cat repair.json
