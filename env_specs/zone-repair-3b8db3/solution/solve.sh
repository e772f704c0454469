#!/bin/bash
cat POLICY.md
ls -l zones; head -30 zones/*.zone | cut -c1-110
cut -d, -f2 inventory.csv | sort | uniq -c; head -4 inventory.csv
cat > /tmp/zone.py <<'EOF'
# Prints name, type, data and line number of every A, CNAME and PTR record.
import sys


def records(path):
    origin = ""
    for number, line in enumerate(open(path), 1):
        words = line.split(";")[0].split()
        if words[:1] == ["$ORIGIN"]:
            origin = words[1]
        for kind in ("A", "CNAME", "PTR"):
            if kind in words[1:]:
                full = [w if w.endswith(".") or kind == "A" and w == words[-1] else f"{w}.{origin}" for w in (words[0], words[-1])]
                yield full[0], kind, full[1], number


if __name__ == "__main__":
    for record in records(sys.argv[1]):
        print(*record)
EOF
for f in zones/*.zone; do echo $f; python3 /tmp/zone.py $f | awk '{print $2}' | sort | uniq -c; done
awk -F, '$2 == "host" {print $1 ".dunmere.example. A " $3} $2 == "alias" {print $1 ".dunmere.example. CNAME " $3 ".dunmere.example."}' inventory.csv > /tmp/want-forward.txt; wc -l /tmp/want-forward.txt
awk -F, '$2 == "host" {split($3, p, "."); print p[4] "." p[3] "." p[2] "." p[1] ".in-addr.arpa. PTR " $1 ".dunmere.example."}' inventory.csv > /tmp/want-reverse.txt; wc -l /tmp/want-reverse.txt
cat > /tmp/compare.py <<'EOF'
import glob, os
from zone import records

want = {}
for file in ("/tmp/want-forward.txt", "/tmp/want-reverse.txt"):
    for line in open(file):
        name, kind, data = line.split()
        want[name, kind] = data
for path in glob.glob("zones/*.zone"):
    zone = os.path.basename(path)[:-5]
    have = {(name, kind): data for name, kind, data, _ in records(path)}
    mine = {key: data for key, data in want.items() if key[0].endswith("." + zone + ".")}
    for key in {*have, *mine}:
        old, new = have.get(key, ""), mine.get(key, "")
        if old != new:
            print(zone, *key, old, new, sep=",")
EOF
python3 /tmp/compare.py | LC_ALL=C sort -t, -k1,3 > /tmp/changes.csv; cat /tmp/changes.csv
cat > /tmp/mend.py <<'EOF'
import csv, re, sys
from zone import records

name = sys.argv[1]
path = f"zones/{name}.zone"
changes = [row for row in csv.reader(open("/tmp/changes.csv")) if row[0] == name]
wrong = {(row[1], row[2]) for row in changes}
drop = {number for owner, kind, _, number in records(path) if (owner, kind) in wrong}
text = "".join(line for number, line in enumerate(open(path), 1) if number not in drop)
text += "".join(f"{owner} IN {kind} {new}\n" for _, owner, kind, _, new in changes if new)
today = int(re.search(r"Today is (\d+)", open("POLICY.md").read())[1]) * 100
serial = re.search(r"(\d{10}) ; serial", text)
new = today if int(serial[1]) < today else int(serial[1]) + 1
open(path, "w").write(text.replace(serial[0], f"{new} ; serial", 1))
EOF
for z in $(cut -d, -f1 /tmp/changes.csv | sort -u); do python3 /tmp/mend.py $z; done
python3 /tmp/compare.py; head -5 zones/*.zone
machine=$(awk -F, '$3 == "A" && $4 && $5 {print $2}' /tmp/changes.csv | LC_ALL=C sort | head -1 | cut -d. -f1); echo $machine
(echo zone,name,type,old,new; cat /tmp/changes.csv) > changes.csv
