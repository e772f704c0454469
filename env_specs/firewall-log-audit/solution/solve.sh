#!/bin/bash
cd /app/fw
ls -lR; cat SYNTAX.md
cat rules.fw
cat rules.d/*
cat tickets.md
head -3 packets.log; wc -l packets.log; awk '{print $2, $NF}' packets.log | sort | uniq -c
cat > /tmp/fwlib.py <<'PY'
"""Rules as sets of intervals."""
import ipaddress, pathlib, re
FULL = [(0, 2**32 - 1)]
def union(parts):
    out = []
    for lo, hi in sorted(parts):
        if out and lo <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(hi, out[-1][1]))
        else:
            out.append((lo, hi))
    return out
def minus(a, b):
    for lo, hi in b:
        a = [p for x, y in a for p in ((x, min(y, lo - 1)), (max(x, hi + 1), y)) if p[0] <= p[1]]
    return a
class Rules:
    def __init__(self, text, folder="/app/fw"):
        self.groups, self.ports, self.rules, self.default, self.folder = {}, {}, [], None, folder
        self.read(text)
    def read(self, text):
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if m := re.fullmatch(r"(group|ports)\s+(\w+)\s*=\s*(.*)", line):
                if m[1] == "group":
                    self.groups[m[2]] = self.who(m[3])
                else:
                    self.ports[m[2]] = self.port(m[3])
            elif m := re.fullmatch(r"rule\s+(\w+)\s+(allow|deny)\s+(\w+)\s+from\s+(.*?)\s+to\s+(.*?)(?:\s+port\s+(.*))?", line):
                self.rules.append((m[1], m[2], m[3], self.who(m[4]), self.who(m[5]), self.port(m[6]) if m[6] else None))
            elif line.startswith("include"):
                self.read(pathlib.Path(self.folder, line.split()[1]).read_text())
            elif line.startswith("default"):
                self.default = line.split()[1]
            elif line:
                raise SystemExit(f"what is {line!r}?")
    def who(self, text):
        members, _, without = text.partition(" except ")
        have = union([p for m in members.split(",") for p in self.member(m.strip())])
        return minus(have, self.who(without)) if without else have
    def member(self, m):
        if m in self.groups or m == "any":
            return self.groups.get(m, FULL)
        if "-" in m:
            a, b = m.split("-")
            return [(int(ipaddress.ip_address(a)), int(ipaddress.ip_address(b)))]
        net = ipaddress.ip_network(m)
        return [(int(net[0]), int(net[-1]))]
    def port(self, text):
        out = []
        for p in re.split(r"\s*,\s*", text.strip()):
            out += self.ports.get(p) or [(int(p.split("-")[0]), int(p.split("-")[-1]))]
        return union(out)
def cuts(sets, top):
    """One value out of each interval in which none of the sets changes."""
    return sorted({0} | {v for s in sets for lo, hi in s for v in (lo, hi + 1) if v <= top})
def has(s, v):
    return any(lo <= v <= hi for lo, hi in s)
class Space:
    """Everything that the given rule sets can tell apart; a set of targets is a bit mask."""
    def __init__(self, *sets):
        rules = [r for s in sets for r in s.rules]
        self.src = cuts([r[3] for r in rules], 2**32 - 1)
        self.dst = cuts([r[4] for r in rules], 2**32 - 1)
        ports = cuts([r[5] for r in rules if r[5]], 65535)
        self.kinds = [("icmp", None)] + [(k, p) for k in ("tcp", "udp") for p in ports]
        self.known = {}
    def mask(self, s, axis):
        key = (axis, tuple(s))
        if key not in self.known:
            self.known[key] = sum(1 << i for i, v in enumerate(getattr(self, axis)) if has(s, v))
        return self.known[key]
    def walk(self, rules):
        """(kind, source, [(rule, the targets that it matches, those of them that it decides)])"""
        prepared = [(r, self.mask(r[3], "src"), self.mask(r[4], "dst")) for r in rules]
        full = (1 << len(self.dst)) - 1
        for protocol, port in self.kinds:
            fit = [p for p in prepared if p[0][2] in ("any", protocol) and (p[0][5] is None or port is not None and has(p[0][5], port))]
            for i in range(len(self.src)):
                left, row = full, []
                for r, src, dst in fit:
                    if src >> i & 1:
                        row.append((r, dst, dst & left))
                        left &= ~dst
                yield (protocol, port), self.src[i], row
    def allowed(self, rules):
        return [(k, s, sum(m for r, _, m in row if r[1] == "allow")) for k, s, row in self.walk(rules)]
PY
cat > /tmp/audit.py <<'PY'
import ipaddress, json, pathlib, sys
sys.path.insert(0, "/tmp")
from fwlib import *
fw = Rules(pathlib.Path("/app/fw/rules.fw").read_text())
hits = dict.fromkeys([r[0] for r in fw.rules] + ["default", "state"], 0)
last, wrong = {}, []
for n, line in enumerate(open("/app/fw/packets.log"), 1):
    at, protocol, a, b, did = line.split()
    at, pair = int(at), (protocol, frozenset([a, b]))
    (src, _), (dst, port) = (e.partition(":")[::2] for e in (a, b))
    if protocol != "icmp" and pair in last and at - last[pair] <= {"tcp": 60000, "udp": 20000}[protocol]:
        name, action = "state", "allow"
    else:
        src, dst = int(ipaddress.ip_address(src)), int(ipaddress.ip_address(dst))
        name, action = "default", fw.default
        for r in fw.rules:
            if r[2] in ("any", protocol) and has(r[3], src) and has(r[4], dst) and (r[5] is None or port and has(r[5], int(port))):
                name, action = r[:2]
                break
    if action == "allow":
        last[pair] = at
    hits[name] += 1
    if action != did:
        wrong.append(n)
space = Space(fw)
decides, earlier = set(), {}
for _, _, row in space.walk(fw.rules):
    for i, (r, all_, mine) in enumerate(row):
        if mine:
            decides.add(r[0])
        for q, _, taken in row[:i]:
            if taken & all_:
                earlier.setdefault(r[0], set()).add(q[1])
dead = {r[0]: "same" if earlier[r[0]] == {r[1]} else "conflict" for r in fw.rules if r[0] not in decides}
today = space.allowed(fw.rules)
redundant = [r[0] for r in fw.rules if r[0] not in dead and space.allowed([q for q in fw.rules if q is not r]) == today]
json.dump({"hits": hits, "wrong": wrong, "dead": dead, "redundant": sorted(redundant)}, open("/tmp/audit.json", "w"))
PY
python3 /tmp/audit.py
jq -c . /tmp/audit.json
for n in $(jq '.wrong[]' /tmp/audit.json); do sed -n ${n}p packets.log; done
cat > /tmp/fixed.fw <<'FW'
# tidied after the audit; T1 to T6 are the tickets
group bogons   = 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4
group office   = 10.1.0.0/16
group printers = 10.1.7.0/24
group staff    = office except printers
group vpn      = 10.8.0.0/16
group partners = 10.9.0.0/20
group inside   = office, vpn, partners
group kiosk    = 10.1.3.77
group servers  = 10.2.0.0/22
group web      = 10.2.0.16/28
group app      = 10.2.0.64/27
group db       = 10.2.1.0/27
group payroll  = 10.2.2.40-10.2.2.47
group dmz      = 172.20.0.0/24
group mailgw   = 172.20.0.25, 172.20.0.26
group time     = 10.2.0.6, 10.2.0.7
ports admin    = 22, 3389, 5900-5910
ports websites = 80, 443
rule N010 deny  any  from bogons to any
rule N020 allow tcp  from 10.1.20.0/24 to payroll port 443                    # T6
rule N030 allow any  from inside to 10.2.0.5 port 53                          # T5
rule N040 allow tcp  from partners to app port 8443                           # T4
rule N050 deny  any  from partners to servers                                 # T4
rule N060 deny  tcp  from any to mailgw port 110, 143                         # T3
rule N070 allow tcp  from kiosk to web port websites                          # T2
rule N080 deny  any  from kiosk to any                                        # T2
rule N090 allow icmp from office, vpn to servers, dmz
rule N100 allow tcp  from staff to web, app port websites
rule N110 allow tcp  from any to mailgw port 25, 465, 587
rule N120 allow tcp  from inside except printers to mailgw port 993, 995
rule N130 allow tcp  from mailgw to any port 25
rule N140 allow tcp  from staff, vpn to servers except payroll port admin
rule N150 allow tcp  from app to db, 10.2.1.32-10.2.1.39 port 5432, 6432      # T1
rule N160 deny  any  from any to payroll except 10.2.2.47
rule N170 allow udp  from inside, servers to time port 123
rule N180 allow tcp  from printers to 10.2.3.10 port 9100-9107
rule N190 allow tcp  from staff to 172.20.0.80 port websites, 8080
rule N200 allow tcp  from any except printers to web port 80
rule N210 allow udp  from vpn to servers port 4500-4510
rule N220 allow any  from servers to dmz except 172.20.0.128/25
rule N230 allow any  from 10.2.3.200 to servers                               # backup pulls
default deny
FW
cat > /tmp/compare.py <<'PY'
import pathlib, re, sys
sys.path.insert(0, "/tmp")
from fwlib import *
old = pathlib.Path("/app/fw/rules.fw").read_text()
mail = "group mailgw = 172.20.0.25, 172.20.0.26\n"
tickets = mail + """rule T6 allow tcp from 10.1.20.0/24 to payroll port 443
rule T5 allow any from inside to 10.2.0.5 port 53
rule T4a allow tcp from partners to app port 8443
rule T4b deny any from partners to servers
rule T3 deny tcp from any to mailgw port 110, 143
rule T2a allow tcp from 10.1.3.77 to web port 80, 443
rule T2b deny any from 10.1.3.77 to any
rule T1 allow tcp from app to 10.2.1.32-10.2.1.39 port 5432, 6432
"""
bogons = "rule R010 deny  any  from bogons to any\n"
assert bogons in old
wanted = Rules(old.replace(bogons, bogons + tickets))
new = Rules(pathlib.Path("/tmp/fixed.fw").read_text())
space = Space(wanted, new)
show = lambda v: str(ipaddress.ip_address(v))
bad = 0
for (kind, src, a), (_, _, b) in zip(space.allowed(wanted.rules), space.allowed(new.rules)):
    if a != b:
        bad += 1
        where = [show(v) for i, v in enumerate(space.dst) if (a ^ b) >> i & 1]
        if bad <= 10:
            print(kind, show(src), where[:3], len(where))
full = space.allowed(new.rules)
print(len(new.rules), "rules;", bad, "differences; needless:", [r[0] for r in new.rules if space.allowed([q for q in new.rules if q is not r]) == full])
PY
python3 /tmp/compare.py
mkdir audit
jq -r '"rule,packets", (.hits | to_entries[] | "\(.key),\(.value)")' /tmp/audit.json | tee audit/hits.csv
jq -r '.wrong[]' /tmp/audit.json > audit/wrong.txt
jq '{dead, redundant}' /tmp/audit.json | tee audit/rules.json
cp /tmp/fixed.fw audit/fixed.fw
