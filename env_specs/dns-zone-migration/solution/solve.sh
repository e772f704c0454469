#!/bin/bash
cd /app/dns
find . -type f | sort | xargs wc -l
cat policy.md plan.csv
cat old/named.zones old/harbour.db
tail -n +1 old/inc/* old/crew/*
tail -n +1 old/rev/*
cat > /tmp/parse.py <<'PY'
"""Master files to [zone, owner, ttl, type, rdata...] in /tmp/old.json."""
import json, pathlib, re, sys
OLD = pathlib.Path("/app/dns/old")
TYPES = "SOA NS MX TXT A AAAA CNAME SRV CAA PTR".split()
UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "": 1}
def seconds(word):
    return sum(int(n) * UNIT[u.lower()] for n, u in re.findall(r"(\d+)([smhdwSMHDW]?)", word))
def is_ttl(word):
    return re.fullmatch(r"(\d+[smhdw]?)+", word, re.I)
def logical(text):
    """Lines joined over parentheses, as (starts with blank, tokens)."""
    tokens, depth, blank = [], 0, False
    for line in text.splitlines():
        if depth == 0:
            tokens, blank = [], line[:1] in (" ", "\t")
        for token in re.findall(r'"[^"]*"|;.*|[()]|[^\s();"]+', line):
            if token.startswith(";"):
                break
            if token in "()":
                depth += 1 if token == "(" else -1
            else:
                tokens.append(token)
        if depth == 0 and tokens:
            yield blank, tokens
def full(name, origin):
    return (origin if name == "@" else name if name.endswith(".") else f"{name}.{origin}").lower()
def rdata(kind, words, origin):
    if kind in ("NS", "CNAME", "PTR"):
        return [full(words[0], origin)]
    if kind == "MX":
        return [words[0], full(words[1], origin)]
    if kind == "SRV":
        return [*words[:3], full(words[3], origin)]
    if kind == "SOA":
        return [full(words[0], origin), full(words[1], origin), words[2], *[str(seconds(w)) for w in words[3:]]]
    return words
def read(path, origin, state, zone, out):
    for blank, words in logical(path.read_text()):
        if words[0] == "$ORIGIN":
            origin = full(words[1], origin)
        elif words[0] == "$TTL":
            state["ttl"] = seconds(words[1])
        elif words[0] == "$INCLUDE":
            read(OLD / words[1], full(words[2], origin) if len(words) > 2 else origin, state, zone, out)
        elif words[0] == "$GENERATE":
            first, last = map(int, words[1].split("-"))
            for n in range(first, last + 1):
                put = lambda w: re.sub(r"\$(?:\{(-?\d+)[^}]*\})?", lambda m: str(n + int(m[1] or 0)), w)
                out.append([zone, full(put(words[2]), origin), state["ttl"], words[3], *rdata(words[3], [put(w) for w in words[4:]], origin)])
        else:
            if not blank:
                state["owner"] = full(words.pop(0), origin)
            ttl = state["ttl"]
            while words[0].upper() not in TYPES:
                word = words.pop(0)
                if is_ttl(word):
                    ttl = seconds(word)
                elif word.upper() != "IN":
                    sys.exit(f"{path}: {word}?")
            kind = words.pop(0).upper()
            out.append([zone, state["owner"], ttl, kind, *rdata(kind, words, origin)])
out = []
for zone, file in re.findall(r'^zone "(.*?)"\s+file "(.*?)"', (OLD / "named.zones").read_text(), re.M):
    read(OLD / file, zone + ".", {"ttl": None, "owner": None}, zone, out)
json.dump(out, open("/tmp/old.json", "w"))
for row in out:
    print(*row)
PY
python3 /tmp/parse.py
jq -r '.[] | "\(.[0]) \(.[3])"' /tmp/old.json | sort | uniq -c
cat > /tmp/migrate.py <<'PY'
import csv, ipaddress as ip, json, pathlib
old = json.load(open("/tmp/old.json"))
plan = [(ip.ip_network(r["old"]), r["new"]) for r in csv.DictReader(open("/app/dns/plan.csv"))]
removed = {n: set() for n in "1234"}
def moved(text):
    address = ip.ip_address(text)
    fits = [(net, new) for net, new in plan if net.version == address.version and address in net]
    if not fits:
        return str(address)
    net, new = max(fits, key=lambda f: f[0].prefixlen)
    if new == "retired":
        return None
    return str(ip.ip_network(new)[int(address) - int(net.network_address)])
forward = [z for z in dict.fromkeys(r[0] for r in old) if not z.endswith("arpa")]
records, came_from = [], {}
for zone, owner, ttl, kind, *data in old:
    if kind in ("A", "AAAA"):
        new = moved(data[0])
        if new is None:
            removed["1"].add(f"{owner} {kind}")
            continue
        came_from[new] = str(ip.ip_address(data[0]))
        data = [new]
    if kind != "PTR":
        records.append((zone, owner, ttl, kind, tuple(data)))
others = {r[1] for r in records if r[3] != "CNAME"}
removed["2"] = {f"{r[1]} CNAME" for r in records if r[3] == "CNAME" and r[1] in others}
records = [r for r in records if r[3] != "CNAME" or r[1] not in others]
alias = {r[1]: r[4][0] for r in records if r[3] == "CNAME"}
owners = {r[1] for r in records}
def ours(name):
    return any(name == f"{z}." or name.endswith(f".{z}.") for z in forward)
def end(name):
    seen = set()
    while name in alias:
        if name in seen:
            return None
        seen.add(name)
        name = alias[name]
    return None if ours(name) and name not in owners else name
dead = {name for name in alias if end(name) is None}
removed["3"] = {f"{name} CNAME" for name in dead}
step3 = [(*r[:4], (end(r[1]),)) if r[3] == "CNAME" else r for r in records if r[1] not in dead]
new = []
for zone, owner, ttl, kind, data in step3:
    if kind in ("NS", "MX", "SRV"):
        target = end(data[-1])
        if target is None:
            removed["4"].add(f"{owner} {kind}")
            continue
        data = (*data[:-1], target)
    new.append((zone, owner, ttl, kind, data))
ttls = {}
for zone, owner, ttl, kind, _ in new:
    ttls[owner, kind] = min(ttl, ttls.get((owner, kind), 86400))
FIRST, MOVED = "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"
zones = {z: {} for z in [*dict.fromkeys(r[0] for r in old), MOVED]}
for zone, owner, ttl, kind, data in new:
    zones[zone][owner, kind, data] = ttls[owner, kind]
for (owner, kind, data), ttl in zones[FIRST].items():
    zones[MOVED][owner.replace(FIRST, MOVED), kind, data] = ttl
was = {}
for zone, owner, ttl, kind, *data in old:
    if kind == "PTR":
        was.setdefault(owner, set()).add(data[0])
has = {}
for zone, owner, ttl, kind, data in new:
    if kind in ("A", "AAAA"):
        has.setdefault(data[0], set()).add((owner, ttls[owner, kind]))
for address, names in has.items():
    pointer = ip.ip_address(address).reverse_pointer
    before = was.get(ip.ip_address(came_from[address]).reverse_pointer + ".", set())
    name = min({n for n, _ in names} & before or {n for n, _ in names})
    for zone in zones:
        if pointer.endswith("." + zone):
            zones[zone][pointer + ".", "PTR", (name,)] = min(t for _, t in names)
folder = pathlib.Path("/app/dns/new")
folder.mkdir(exist_ok=True)
for zone, rows in zones.items():
    lines, soa = [], None
    for (owner, kind, data), ttl in rows.items():
        data = list(data)
        if kind == "SOA":
            data[2] = str(max(2026031600, int(data[2]) + 1))
            soa = " ".join([owner, str(ttl), "IN", kind, *data])
        else:
            lines.append(" ".join([owner, str(ttl), "IN", kind, *data]))
    (folder / f"{zone}.zone").write_text("\n".join([soa, *sorted(lines, key=str.encode)]) + "\n")
json.dump({n: sorted(names) for n, names in removed.items()}, open("/tmp/removed.json", "w"), indent=1)
PY
python3 /tmp/migrate.py
tail -n +1 new/*
cat /tmp/removed.json; wc -l new/*
awk '$4=="CNAME"{print $1}' new/*.zone | sort > /tmp/aliases; awk '$4=="NS" || $4=="MX" || $4=="SRV" || $4=="CNAME"{print $NF}' new/*.zone | grep -x -F -f /tmp/aliases | wc -l
grep -h -c ' PTR ' new/*arpa.zone; awk '$4=="A" || $4=="AAAA" {print $5}' new/*.zone | sort -u | wc -l
cp /tmp/removed.json removed.json
