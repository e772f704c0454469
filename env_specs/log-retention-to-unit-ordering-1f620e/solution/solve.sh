#!/bin/bash
cd /app/intake
cat RETENTION.md retention.conf
cat holds.txt open-files.txt
ls log; find log -type f | wc -l; find log -type l -ls; ls log/$(ls log | head -1) | head -30
find log -type f | sed -E 's,.*/,,; s/[0-9]/9/g' | sort | uniq -c
find log -type f | grep -E '[-.][0-9]{4}-?[0-9]{2}-?[0-9]{2}(\.gz)?$' | LC_ALL=C sort > /tmp/dated.txt; wc -l < /tmp/dated.txt; find log -type f | grep -vxFf /tmp/dated.txt | head
cat > /tmp/plan.py <<'EOF'
# what to do, date and path of every dated log
import configparser, fnmatch, re, sys
from datetime import date

config = configparser.ConfigParser(default_section="default")
config.read("retention.conf")
holds = [line.strip() for line in open("holds.txt") if not line.startswith("#")]
busy = {line.split()[1] for line in open("open-files.txt") if not line.startswith("#")}
today = date.fromisoformat(sys.argv[1])
for line in open("/tmp/dated.txt"):
    path = line.strip()
    parts = re.search(r"(\d{4})-?(\d{2})-?(\d{2})(\.gz)?$", path).groups()
    day, age = "".join(parts[:3]), (today - date(*map(int, parts[:3]))).days
    service, plain = path.split("/")[1], path.removesuffix(".gz")
    limits = config[service] if service in config else config["default"]
    held = any(fnmatch.fnmatchcase(plain[4:], hold) for hold in holds)
    verb = "keep"
    if path in busy:
        verb = "open"
    elif age > limits.getint("delete_after") and not held:
        verb = "delete"
    elif age > limits.getint("compress_after") and path == plain:
        verb = "pack"
    elif held and age > limits.getint("delete_after"):
        verb = "held"
    print(verb, day, path)
EOF
python3 /tmp/plan.py 2024-11-26 > /tmp/plan.txt; cut -d' ' -f1 /tmp/plan.txt | sort | uniq -c
grep -E '^(held|open)' /tmp/plan.txt
grep '^delete ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r rm --
grep '^pack ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r gzip --
find log -xtype l | while read -r l; do t=$(readlink $l); [ -e $(dirname $l)/$t.gz ] && ln -sfn $t.gz $l; done; find log -type l -ls
service=$(grep '^delete ' /tmp/plan.txt | cut -d/ -f2 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}'); echo $service
for s in $(ls log); do awk -v s=$s 'BEGIN {o = "-"} split($3, p, "/") && p[2] == s {if ($1 == "delete") {d++; next} n += $1 == "pack"; if ($3 ~ /gz$/ || $1 == "pack") k++; else u++; if (o == "-" || $2 < o) o = $2} END {if (o != "-") o = substr(o, 1, 4) "-" substr(o, 5, 2) "-" substr(o, 7); printf "%s,%d,%d,%d,%d,%s\n", s, u, k, n, d, o}' /tmp/plan.txt; done > /tmp/rows.csv
(echo service,plain,packed,newly_packed,deleted,oldest; cat /tmp/rows.csv) > retention.csv
cd /app/workspace/"$service"
cat CONVENTIONS.md
ls -R etc lib | head -70
cat etc/fjord.target; for f in $(ls -d etc/*.d | head -2); do cat $f/*; done
comm -12 <(cd etc && ls *.service | sort) <(cd lib && ls *.service | sort)
cat > /tmp/model.py <<'EOF'
import collections, glob, os, sys


def load():
    units = {}
    for folder in ("lib", "etc"):
        for path in glob.glob(folder + "/*.*"):
            if os.path.isfile(path):
                files = [path, *sorted(glob.glob(f"etc/{os.path.basename(path)}.d/*.conf"))]
                unit = units[os.path.basename(path)] = collections.defaultdict(list)
                for line in "".join(open(file).read() for file in files).splitlines():
                    key, _, value = line.partition("=")
                    unit[key] += value.split()
    return units


def transaction(units, target):
    pulled = [target]
    for name in pulled:
        for key in ("Wants", "Requires", "BindsTo"):
            pulled += [other for other in dict.fromkeys(units[name][key]) if other in units and other not in pulled]
    pairs = {(a, name) for name in pulled for a in units[name]["After"]}
    pairs |= {(name, b) for name in pulled for b in units[name]["Before"]}
    return pulled, {(a, b) for a, b in pairs if a in pulled and b in pulled}


if __name__ == "__main__":
    units = load()
    pulled, pairs = transaction(units, sys.argv[1])
    print("pulled", *pulled)
    print("unused", *sorted(set(units) - set(pulled)))
    ring = set(pairs)
    while True:
        rest = {(a, b) for a, b in ring if a in {y for _, y in ring} and b in {x for x, _ in ring}}
        if rest == ring:
            break
        ring = rest
    print("cycle", *sorted({name for pair in ring for name in pair}))
    for a, b in ring:
        if a not in units[b]["Requires"] + units[b]["BindsTo"]:
            print("weak", a, b)
EOF
python3 /tmp/model.py fjord.target | tee /tmp/model.txt | cut -c1-300
read -r before after < <(sed -n 's/^weak //p' /tmp/model.txt); unit=${after%.service}; echo $before, $after
grep -rn "$before" etc/$after $(ls -d etc/$after.d 2> /dev/null); grep -n "$after" {etc,lib}/$before 2> /dev/null
sed -i -E "/^After=/{s/(=| )$before( |$)/\1\2/; s/  +/ /; s/= /=/; s/ $//}; /^After=$/d" etc/$after; cat etc/$after
python3 /tmp/model.py fjord.target | grep -E '^(cycle|weak)'
cat > /tmp/order.py <<'EOF'
import heapq, sys
from model import load, transaction

pulled, pairs = transaction(load(), sys.argv[1])
waits = {name: {a for a, b in pairs if b == name} for name in pulled}
ready, depth = [name for name in pulled if not waits[name]], {}
heapq.heapify(ready)
while ready:
    name = heapq.heappop(ready)
    depth[name] = 1 + max((depth[a] for a, b in pairs if b == name), default=0)
    print(name)
    for later in {b for a, b in pairs if a == name}:
        waits[later].discard(name)
        if not waits[later]:
            heapq.heappush(ready, later)
assert len(depth) == len(pulled)
print(max(depth.values()))
EOF
python3 /tmp/order.py fjord.target > /tmp/order.txt; tail -2 /tmp/order.txt
head -n -1 /tmp/order.txt > order.txt; wc -l order.txt
words() { sed -n "s/^$1 //p" /tmp/model.txt | jq -R 'split(" ") | sort'; }; words cycle; words unused
jq -n --argjson cycle "$(words cycle)" --argjson unused "$(words unused)" --arg b $before --arg a $after --argjson n $(wc -l < order.txt) --argjson depth $(tail -1 /tmp/order.txt) '{$cycle, removed: {before: $b, after: $a}, units: $n, $unused, $depth}' > report.json
cd /app
sha256sum intake/retention.csv workspace/"$service"/order.txt workspace/"$service"/report.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg service "$service" --argjson files "$digests" '{service: $service, files: $files}' > handover.json
