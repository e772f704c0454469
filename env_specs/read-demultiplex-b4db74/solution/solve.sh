#!/bin/bash
cat PROTOCOL.md samples.csv
zcat plate.fastq.gz | head -8; zcat plate.fastq.gz | wc -l
zcat plate.fastq.gz | awk 'NR % 4 == 2 {print substr($0, 1, 8)}' | sort | uniq -c | sort -rn | head -20
zcat plate.fastq.gz | awk 'NR % 4 == 2' | grep -c "$(grep -oE 'adapter is `[ACGT]+' PROTOCOL.md | grep -oE '[ACGT]+$')"
cat > /tmp/assign.py <<'EOF'
# sample or reason, errors, header, bases and qualities without the barcode
import csv, sys

barcodes = {row["barcode"]: row["sample"] for row in csv.DictReader(open("samples.csv"))}
lines = iter(sys.stdin.read().splitlines())
for head, bases, _, quals in zip(lines, lines, lines, lines):
    tag = bases[:8]
    near = {name for code, name in barcodes.items() if sum(a != b for a, b in zip(code, tag)) == 1}
    if tag in barcodes:
        name, errors = barcodes[tag], 0
    else:
        name, errors = near.pop() if len(near) == 1 else "ambiguous" if near else "no-barcode", 1
    print(name, errors, head, bases[8:], quals[8:], sep="\t")
EOF
zcat plate.fastq.gz | python3 /tmp/assign.py > /tmp/assigned.tsv; cut -f1,2 /tmp/assigned.tsv | sort | uniq -c
cat > /tmp/trim.py <<'EOF'
import csv, re, sys

text = " ".join(open("PROTOCOL.md").read().split())
adapter = re.search(r"adapter is `([ACGT]+)`", text)[1]
limit = int(re.search(r"quality is below (\d+)", text)[1])
shortest = int(re.search(r"shorter than (\d+)", text)[1])
strands = {row["sample"]: row["strand"] for row in csv.DictReader(open("samples.csv"))}
for line in sys.stdin:
    name, errors, head, bases, quals = line.rstrip("\n").split("\t")
    if name in strands:
        bases = bases.split(adapter)[0]
        scores = [ord(c) - 33 for c in quals[: len(bases)]]
        cut = next((k for k in range(len(bases) - 3) if sum(scores[k : k + 4]) / 4 < limit), len(bases))
        bases, quals = bases[:cut], quals[:cut]
        if cut < shortest:
            name = "too-short"
        elif strands[name] == "-":
            bases, quals = bases[::-1].translate(str.maketrans("ACGT", "TGCA")), quals[::-1]
    print(name, errors, head, bases, quals, sep="\t")
EOF
python3 /tmp/trim.py < /tmp/assigned.tsv > /tmp/trimmed.tsv; head -3 /tmp/trimmed.tsv; cut -f1 /tmp/trimmed.tsv | sort | uniq -c
mkdir -p demux && for s in $(tail -n +2 samples.csv | cut -d, -f1); do awk -F'\t' -v s=$s '$1 == s {print $3; print $4; print "+"; print $5}' /tmp/trimmed.tsv > demux/$s.fastq; done; wc -l demux/*
for r in no-barcode ambiguous too-short; do echo "{\"$r\": $(cut -f1 /tmp/trimmed.tsv | grep -cx $r)}"; done | jq -s add > rejected.json; cat rejected.json
for s in $(tail -n +2 samples.csv | cut -d, -f1); do awk -F'\t' -v s=$s 'BEGIN {for (i = 63; i < 127; i++) ok[sprintf("%c", i)]} $1 == s {n++; b += length($4); e += $2 == 0; r += $2; m = split($5, q, ""); for (i = 1; i <= m; i++) g += q[i] in ok} END {printf "%s,%d,%d,%d,%d,%.2f\n", s, n, b, e, r, b ? 100 * g / b : 0}' /tmp/trimmed.tsv; done > /tmp/counts.csv
sample=$(sort -s -t, -k5,5nr /tmp/counts.csv | head -1 | cut -d, -f1); echo $sample
(echo sample,reads,bases,exact,rescued,q30; cat /tmp/counts.csv) > counts.csv
