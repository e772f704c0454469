#!/bin/bash
cd /app/intake
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
cd /app/workspace/"$sample"
cat PACKAGING.md
cat marlin/release.sh marlin/VERSION; find marlin | sort | head -50
find marlin -name '*.in' -exec tail -n +1 {} + | head -30; find marlin -type l -exec ls -l {} +
cat > marlin/release.sh <<'EOF'
#!/bin/sh
# Packs a release; see PACKAGING.md.
set -eu
LC_ALL=C
export LC_ALL
case $1 in /*) output=$1 ;; *) output=$PWD/$1 ;; esac
case $0 in */*) cd "${0%/*}" ;; esac
read -r name version < VERSION
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
top=$stage/$name-$version
mkdir "$top"
cp -RP . "$top"
cd "$top"
rm -f release.sh
find . -depth \( -name '*.swp' -type f -o -name '*.orig' -type f -o -name '.idea' -type d -o -name 'drafts' -type d \) -exec rm -rf {} +
find . -type f -name '*.in' | while IFS= read -r file; do
    sed -e "s/@VERSION@/$version/g" -e "s/@NAME@/$name/g" "$file" > "${file%.in}"
    if [ -x "$file" ]; then chmod 755 "${file%.in}"; else chmod 644 "${file%.in}"; fi
    rm "$file"
done
find . -depth -type d -empty -exec rmdir {} \;
find . -type d -exec chmod 755 {} +
find . -type f -perm -u+x -exec chmod 755 {} +
find . -type f ! -perm -u+x -exec chmod 644 {} +
cd "$stage"
tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@EPOCH -cf "$stage/out.tar" "$name-$version"
gzip -9 -n < "$stage/out.tar" > "$output"
EOF
epoch=$(grep -oE 'entry is [0-9]+' PACKAGING.md | cut -d' ' -f3); sed -i s/@EPOCH/@$epoch/ marlin/release.sh; grep -n mtime marlin/release.sh
sh marlin/release.sh /tmp/one.tgz && tar tvzf /tmp/one.tgz | head -30
rm -rf /tmp/else; cp -r marlin /tmp/else; (cd /tmp; umask 077; TZ=Asia/Tokyo LANG=C.UTF-8 sh else/release.sh two.tgz); cmp /tmp/one.tgz /tmp/two.tgz && echo the same
sleep 1; touch marlin/VERSION; sh marlin/release.sh /tmp/three.tgz; sha256sum /tmp/*.tgz; xxd /tmp/one.tgz | head -1
tar tzf /tmp/one.tgz | grep -E '[.]swp$|[.]orig$|/(.idea|drafts)/' ; tar xzOf /tmp/one.tgz --wildcards '*/VERSION'
cp /tmp/one.tgz marlin.tgz; ls -l marlin.tgz
rm -rf /tmp/unpacked; mkdir /tmp/unpacked; tar xzf /tmp/one.tgz -C /tmp/unpacked; find /tmp/unpacked -type f | wc -l
(cd /tmp/unpacked; find * -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum) > contents.sha256; head -3 contents.sha256
cd /app
sha256sum intake/counts.csv intake/rejected.json intake/demux/cobalt-D10.fastq workspace/"$sample"/contents.sha256 | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg sample "$sample" --argjson files "$digests" '{sample: $sample, files: $files}' > handover.json
