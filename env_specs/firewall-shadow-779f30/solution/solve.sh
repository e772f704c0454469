#!/bin/bash
cat firewall/README.md firewall/groups.conf
grep -vc '^#' firewall/rules.conf; cat firewall/rules.conf
head -3 packets.csv; wc -l packets.csv
cat > /tmp/model.py <<'EOF'
import re
from ipaddress import ip_network

groups = dict(line.split(" = ") for line in open("firewall/groups.conf"))
FORM = re.compile(r"(\w+): (off )?(allow|deny) (\w+) from (\S+) to (\S+)(?: port (\d+)(?:-(\d+))?)?$")


def spans(name):
    for text in groups.get(name, name).split():
        net = ip_network(text)
        yield int(net.network_address), int(net.broadcast_address)


rules = []
for line in open("firewall/rules.conf"):
    if line.startswith("#"):
        continue
    name, off, action, kind, source, target, low, high = FORM.match(line.strip()).groups()
    if not off:
        ports = (int(low), int(high or low)) if low else (1, 65535)
        kinds = {"tcp": (0, 0), "udp": (1, 1), "any": (0, 1)}[kind]
        rules.append((name, action, [(kinds, s, t, ports) for s in spans(source) for t in spans(target)]))

if __name__ == "__main__":
    print(len(rules), "rules are on;", sum(len(boxes) for *_, boxes in rules), "boxes")
EOF
python3 /tmp/model.py
cat > /tmp/decide.py <<'EOF'
import csv
from ipaddress import ip_address
from model import rules

for row in csv.DictReader(open("packets.csv")):
    at = (row["protocol"] == "udp", int(ip_address(row["source"])), int(ip_address(row["destination"])), int(row["port"]))
    fits = lambda box: all(low <= x <= high for x, (low, high) in zip(at, box))
    name, action = next(((n, a) for n, a, boxes in rules if any(map(fits, boxes))), ("default", "deny"))
    print(row["packet"], action, name, sep=",")
EOF
python3 /tmp/decide.py > /tmp/decisions.csv; cut -d, -f3 /tmp/decisions.csv | sort | uniq -c | sort -rn | head
(echo packet,action,rule; cat /tmp/decisions.csv) > decisions.csv
cat > /tmp/dead.py <<'EOF'
from model import rules


def outside(box, cover):
    if any(b < c or d < a for (a, b), (c, d) in zip(box, cover)):
        yield box
        return
    box = list(box)
    for axis, (low, high) in enumerate(cover):
        a, b = box[axis]
        if a < low:
            yield tuple(box[:axis] + [(a, low - 1)] + box[axis + 1 :])
        if high < b:
            yield tuple(box[:axis] + [(high + 1, b)] + box[axis + 1 :])
        box[axis] = max(a, low), min(b, high)


earlier = []
for name, action, boxes in rules:
    rest = boxes
    for cover in earlier:
        rest = [piece for box in rest for piece in outside(box, cover)]
    if not rest:
        print(name)
    earlier += boxes
EOF
python3 /tmp/dead.py | tee /tmp/dead.txt
cut -d, -f3 /tmp/decisions.csv | sort -u | grep -xf /tmp/dead.txt || echo 'no packet was decided by a dead rule'
sed 's/.*/^&: /' /tmp/dead.txt > /tmp/patterns; grep -vE -f /tmp/patterns firewall/rules.conf | grep -vE '^r[0-9]+: off ' > rules.lean.conf; wc -l rules.lean.conf
rule=$(tail -1 /tmp/dead.txt); echo $rule
cp /tmp/dead.txt dead.txt
