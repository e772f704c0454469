#!/bin/bash
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
python3 /tmp/plan.py 2024-06-13 > /tmp/plan.txt; cut -d' ' -f1 /tmp/plan.txt | sort | uniq -c
grep -E '^(held|open)' /tmp/plan.txt
grep '^delete ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r rm --
grep '^pack ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r gzip --
find log -xtype l | while read -r l; do t=$(readlink $l); [ -e $(dirname $l)/$t.gz ] && ln -sfn $t.gz $l; done; find log -type l -ls
service=$(grep '^delete ' /tmp/plan.txt | cut -d/ -f2 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}'); echo $service
for s in $(ls log); do awk -v s=$s 'BEGIN {o = "-"} split($3, p, "/") && p[2] == s {if ($1 == "delete") {d++; next} n += $1 == "pack"; if ($3 ~ /gz$/ || $1 == "pack") k++; else u++; if (o == "-" || $2 < o) o = $2} END {if (o != "-") o = substr(o, 1, 4) "-" substr(o, 5, 2) "-" substr(o, 7); printf "%s,%d,%d,%d,%d,%s\n", s, u, k, n, d, o}' /tmp/plan.txt; done > /tmp/rows.csv
(echo service,plain,packed,newly_packed,deleted,oldest; cat /tmp/rows.csv) > retention.csv
