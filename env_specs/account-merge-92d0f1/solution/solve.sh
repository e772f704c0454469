#!/bin/bash
cat MERGE.md
wc -l sto-dispatch-12/* prg-geo-12/* manifest.csv; head -3 sto-dispatch-12/*; head -3 manifest.csv
cut -d: -f1,3 sto-dispatch-12/passwd | sort > /tmp/a; cut -d: -f1,3 prg-geo-12/passwd | sort > /tmp/b; join -t: /tmp/a /tmp/b
cut -d: -f2 /tmp/a | sort > /tmp/ids; cut -d: -f2 /tmp/b | sort | comm -12 /tmp/ids - | wc -l
cat > /tmp/groups.py <<'EOF'
# prints "group NAME OLD NEW" for the other machine's groups, writes merged/group
import itertools, os

read = lambda path: [line.rstrip("\n").split(":") for line in open(path)]
ours, theirs = read("sto-dispatch-12/group"), read("prg-geo-12/group")
merged = {row[0]: row for row in ours}
ids, busy = {row[2] for row in ours}, {int(row[2]) for row in ours + theirs}
free = (n for n in itertools.count(3000) if n not in busy)
for row in sorted(theirs, key=lambda row: int(row[2])):
    name, _, old, members = row
    if name in merged:
        both = {*merged[name][3].split(","), *members.split(",")} - {""}
        merged[name][3] = ",".join(sorted(both))
    else:
        merged[name] = [name, "x", str(next(free)) if old in ids else old, members]
    print("group", name, old, merged[name][2])
os.makedirs("merged", exist_ok=True)
with open("merged/group", "w") as file:
    for row in sorted(merged.values(), key=lambda row: int(row[2])):
        print(":".join(row), file=file)
EOF
python3 /tmp/groups.py | tee /tmp/gids.txt
cat > /tmp/users.py <<'EOF'
# prints "user LOGIN OLD NEW" for the other machine's users, writes merged/passwd and merged/shadow
import itertools

read = lambda path: [line.rstrip("\n").split(":") for line in open(path)]
ours, theirs = read("sto-dispatch-12/passwd"), read("prg-geo-12/passwd")
secrets = {row[0]: row for path in ("prg-geo-12", "sto-dispatch-12") for row in read(path + "/shadow")}
gids = dict(line.split()[2:] for line in open("/tmp/gids.txt"))
merged = {row[0]: row for row in ours}
ids, busy = {row[2] for row in ours}, {int(row[2]) for row in ours + theirs}
free = (n for n in itertools.count(3000) if n not in busy)
for row in sorted(theirs, key=lambda row: int(row[2])):
    old = row[2]
    if row[0] not in merged:
        merged[row[0]] = [*row[:2], str(next(free)) if old in ids else old, gids[row[3]], *row[4:]]
    print("user", row[0], old, merged[row[0]][2])
with open("merged/passwd", "w") as passwd, open("merged/shadow", "w") as shadow:
    for row in sorted(merged.values(), key=lambda row: int(row[2])):
        print(":".join(row), file=passwd)
        print(":".join(secrets[row[0]]), file=shadow)
EOF
python3 /tmp/users.py | tee /tmp/uids.txt
cut -d: -f3 merged/passwd | sort | uniq -d; cut -d: -f3 merged/group | sort | uniq -d; cut -d: -f1 merged/passwd | diff - <(cut -d: -f1 merged/shadow) && echo consistent
(echo kind,name,old,new; for k in user group; do sort -k3,3n /tmp/${k:0:1}ids.txt | awk -v k=$k '$3 != $4 {print k "," $2 "," $3 "," $4}'; done) > renumbered.csv
cat renumbered.csv
account=$(tail -n +2 manifest.csv | cut -d, -f2 | sort | uniq -c | sort -rn | awk '{print $2}' | while read u; do awk -v u=$u '$3 == u && $3 != $4 {print $2}' /tmp/uids.txt; done | head -1); echo $account
awk -F'[ ,]' 'FILENAME == "/tmp/uids.txt" {u[$3] = $4; next} FILENAME == "/tmp/gids.txt" {g[$3] = $4; next} FNR == 1 {print "path,uid,gid"; next} {print $1 "," u[$2] "," g[$3]}' /tmp/uids.txt /tmp/gids.txt manifest.csv > ownership.csv
