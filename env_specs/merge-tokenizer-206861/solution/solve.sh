#!/bin/bash
cat TRAINING.md
wc corpus/*; head -c 300 corpus/*.txt
cat corpus/*.txt | tr -d "a-zA-Z \n" | fold -w1 | sort | uniq -c | sort -rn | head
cat > /tmp/bpe.py <<'EOF'
import re
def words(text):
    return [word + "_" for word in re.findall(r"[a-z']+", text.lower())]
def merge(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i:i + 2]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out
EOF
cat > /tmp/train.py <<'EOF'
import sys, glob, collections
sys.path.insert(0, "/tmp")
from bpe import words, merge
counts = collections.Counter(w for p in sorted(glob.glob("corpus/*.txt")) for w in words(open(p).read()))
split = {w: list(w) for w in counts}
for _ in range(25):
    pairs = collections.Counter()
    for w, s in split.items():
        for pair in zip(s, s[1:]):
            pairs[pair] += counts[w]
    if not pairs or max(pairs.values()) < 5:
        break
    top = max(pairs.values())
    best = min(p for p in pairs if pairs[p] == top)
    print(*best)
    split = {w: merge(s, best) for w, s in split.items()}
EOF
python3 /tmp/train.py > merges.txt; wc -l merges.txt; head -5 merges.txt
{ cat /tmp/bpe.py; cat <<'EOF'
import pathlib, sys
merges = [tuple(line.split(" ")) for line in (pathlib.Path(__file__).parent / "merges.txt").read_text().splitlines()]
for word in words(open(sys.argv[1]).read()):
    symbols = list(word)
    for pair in merges:
        symbols = merge(symbols, pair)
    print("\n".join(symbols))
EOF
} > encode.py
python3 encode.py $(ls corpus/*.txt | head -1) | head -20 | paste -sd' '
sed -i 's/^def words/\n\n&/; s/^def merge/\n\n&/' encode.py; python3 encode.py <(echo "It's a test") | paste -sd' '
rm -f /tmp/rows; for f in corpus/*.txt; do w=$(tr 'A-Z' 'a-z' < $f | grep -oE "[a-z']+" | wc -l); t=$(python3 encode.py $f | wc -l); echo $(basename $f .txt) $w $t >> /tmp/rows; done; cat /tmp/rows
jq -nR '[inputs | split(" ") | {key: .[0], value: {words: .[1] | tonumber, tokens: .[2] | tonumber, ratio: ((.[2] | tonumber) / (.[1] | tonumber) * 10000 | round / 10000)}}] | from_entries' /tmp/rows > stats.json; dense=$(jq -r 'to_entries | min_by(.value.ratio) | .key' stats.json); echo $dense
