#!/bin/bash
cd /app/intake
cat notes.md
ls -l capture.pcap; od -A d -t x1z capture.pcap | head -6
cat > /tmp/packets.py <<'EOF'
# time, source, target, protocol, source port, target port, DNS name, IPv4 total length
import struct

raw = open("capture.pcap", "rb").read()
order = "<" if raw[0] in (0xD4, 0x4D) else ">"
digits = 9 if struct.unpack(order + "I", raw[:4])[0] == 0xA1B23C4D else 6
at = 24
while at < len(raw):
    seconds, fraction, size, _ = struct.unpack_from(order + "IIII", raw, at)
    frame, at = raw[at + 16 : at + 16 + size], at + 16 + size
    if frame[12:14] != b"\x08\x00":
        continue
    ip = frame[14:]
    total, body = int.from_bytes(ip[2:4], "big"), ip[(ip[0] & 15) * 4 :]
    kind = {1: "icmp", 6: "tcp", 17: "udp"}.get(ip[9], str(ip[9]))
    source, target = (".".join(map(str, ip[k : k + 4])) for k in (12, 16))
    ports, name = ("", ""), ""
    if kind in ("tcp", "udp"):
        ports = struct.unpack(">HH", body[:4])
    if kind == "udp" and 53 in ports:
        place, labels = 20, []
        while body[place]:
            labels.append(body[place + 1 : place + 1 + body[place]].decode())
            place += 1 + body[place]
        name = ".".join(labels)
    print(f"{seconds}.{fraction:0{digits}d}", source, target, kind, *ports, name, total, sep="\t")
EOF
python3 /tmp/packets.py > /tmp/packets.tsv; wc -l /tmp/packets.tsv; head -5 /tmp/packets.tsv
cut -f4 /tmp/packets.tsv | sort | uniq -c
awk -F'\t' '$4 == "udp" && $6 == 53 {print $2, $3, $7}' /tmp/packets.tsv > /tmp/queries.txt; wc -l /tmp/queries.txt
awk '{n = split($3, a, "."); print $1, a[n-2] "." a[n-1] "." a[n]}' /tmp/queries.txt | sort | uniq -c | sort -rn | head -12
grep -E ' [0-9a-f]+-[a-z0-9]{4}\.' /tmp/queries.txt | awk '{sub(/^[^.]*\.[^.]*\./, "", $3); print}' | sort | uniq -c | sort -rn
read -r queries host resolver domain < <(grep -E ' [0-9a-f]+-[a-z0-9]{4}\.' /tmp/queries.txt | awk '{sub(/^[^.]*\.[^.]*\./, "", $3); print}' | sort | uniq -c | sort -rn | head -1); echo $queries $host $resolver $domain
awk -F'\t' -v h=$host -v d=.$domain '$2 == h && $6 == 53 && index($7, d)' /tmp/packets.tsv > /tmp/tunnel.tsv; head -3 /tmp/tunnel.tsv
first=$(date -ud @$(head -1 /tmp/tunnel.tsv | cut -f1 | cut -d. -f1) +%FT%TZ); last=$(date -ud @$(tail -1 /tmp/tunnel.tsv | cut -f1 | cut -d. -f1) +%FT%TZ); echo $first $last
cat > /tmp/join.py <<'EOF'
import base64, zlib

chunks = {}
for line in open("/tmp/tunnel.tsv"):
    head, payload = line.split("\t")[6].split(".")[:2]
    chunks[int(head.split("-")[0], 16)] = base64.b32decode(payload.upper() + "=" * (-len(payload) % 8))
assert sorted(chunks) == list(range(len(chunks)))
body = b"".join(chunks[n] for n in range(len(chunks)))
open("recovered.bin", "wb").write(zlib.decompress(body) if "zlib" in open("notes.md").read() else body)
EOF
python3 /tmp/join.py; file recovered.bin; head -c 200 recovered.bin
(echo address,packets,bytes; awk -F'\t' 'index($2, "10.99.124.") == 1 {n[$2]++; b[$2] += $8} END {for (a in n) print a "," n[a] "," b[a]}' /tmp/packets.tsv | LC_ALL=C sort -t, -k3,3nr -k1,1) > talkers.csv
jq -n --arg host $host --arg resolver $resolver --arg domain $domain --argjson queries $queries --arg first $first --arg last $last --arg sha256 $(sha256sum < recovered.bin | cut -d' ' -f1) '$ARGS.named' > report.json
cd /app/workspace/"$host"
cat CONVENTIONS.md
ls -R etc lib | head -70
cat etc/raven.target; for f in $(ls -d etc/*.d | head -2); do cat $f/*; done
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
python3 /tmp/model.py raven.target | tee /tmp/model.txt | cut -c1-300
read -r before after < <(sed -n 's/^weak //p' /tmp/model.txt); unit=${after%.service}; echo $before, $after
grep -rn "$before" etc/$after $(ls -d etc/$after.d 2> /dev/null); grep -n "$after" {etc,lib}/$before 2> /dev/null
sed -i -E "/^After=/{s/(=| )$before( |$)/\1\2/; s/  +/ /; s/= /=/; s/ $//}; /^After=$/d" etc/$after; cat etc/$after
python3 /tmp/model.py raven.target | grep -E '^(cycle|weak)'
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
python3 /tmp/order.py raven.target > /tmp/order.txt; tail -2 /tmp/order.txt
head -n -1 /tmp/order.txt > order.txt; wc -l order.txt
words() { sed -n "s/^$1 //p" /tmp/model.txt | jq -R 'split(" ") | sort'; }; words cycle; words unused
jq -n --argjson cycle "$(words cycle)" --argjson unused "$(words unused)" --arg b $before --arg a $after --argjson n $(wc -l < order.txt) --argjson depth $(tail -1 /tmp/order.txt) '{$cycle, removed: {before: $b, after: $a}, units: $n, $unused, $depth}' > report.json
cd /app
sha256sum intake/report.json intake/talkers.csv intake/recovered.bin workspace/"$host"/order.txt workspace/"$host"/report.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg host "$host" --argjson files "$digests" '{host: $host, files: $files}' > handover.json
