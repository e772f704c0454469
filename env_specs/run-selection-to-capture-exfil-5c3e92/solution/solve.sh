#!/bin/bash
cd /app/intake
ls runs | wc -l; ls runs | head -5
cat runs/*/config.json | head -8; cat runs/$(ls runs | head -1)/metrics.jsonl
jq -r '[.learning_rate, .batch_size] | @tsv' runs/*/config.json | sort | uniq -c
wc -l runs/*/metrics.jsonl | awk '{print $1}' | sort -n | uniq -c
grep -l stopped_early runs/*/config.json | wc -l; grep -l null runs/*/metrics.jsonl | wc -l
jq -r '[input_filename, .epoch] | @tsv' runs/*/metrics.jsonl | sort | uniq -d | cut -f1 | uniq -c | head
cat > /tmp/select.py <<'EOF'
import json, pathlib, statistics, sys
from decimal import Decimal
groups, settings = {}, set()
lists = {"diverged": [], "incomplete": [], "superseded": []}
for folder in sorted(pathlib.Path("runs").iterdir()):
    config = json.loads((folder / "config.json").read_text())
    epochs = {r["epoch"]: r for r in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())}
    setting = f"{config['learning_rate']}-{config['batch_size']}"
    settings.add(setting)
    if any(r["val_loss"] is None or r["val_loss"] > 8 for r in epochs.values()):
        lists["diverged"].append(folder.name)
    elif not config.get("stopped_early") and set(range(1, 12 + 1)) - set(epochs):
        lists["incomplete"].append(folder.name)
    else:
        best = min(epochs.values(), key=lambda r: (r["val_loss"], r["epoch"]))
        groups.setdefault(setting, {}).setdefault(config["seed"], []).append((config["started"], folder.name, best))
rows = []
for setting, seeds in groups.items():
    runs = []
    for same in seeds.values():
        *old, new = sorted(same, key=lambda run: run[0])
        lists["superseded"] += [name for _, name, _ in old]
        runs.append(new)
    if len(runs) >= 3:
        score = statistics.median(Decimal(str(r[2]["val_acc"])) for r in runs)
        epoch = Decimal(sum(r[2]["epoch"] for r in runs)) / len(runs)
        best = max(sorted(runs, key=lambda r: r[1]), key=lambda r: r[2]["val_acc"])
        rows.append((setting, len(runs), score, epoch, best[1]))
rows.sort(key=lambda r: (-r[2], r[0]))
with open(sys.argv[1], "w") as file:
    print("setting,runs,score,epoch", file=file)
    for setting, runs, score, epoch, _ in rows:
        print(f"{setting},{runs},{score:.6f},{epoch:.2f}", file=file)
report = {"winner": rows[0][0], "best_run": rows[0][4], **{k: sorted(v) for k, v in lists.items()}}
report["too_few"] = sorted(settings - {r[0] for r in rows})
json.dump(report, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/select.py /tmp/table.csv /tmp/report.json && cat /tmp/table.csv
jq -c 'map_values(if type == "array" then length else . end)' /tmp/report.json
cp /tmp/table.csv settings.csv
cp /tmp/report.json sweep.json; best_run=$(jq -r .best_run sweep.json); echo $best_run
cd /app/workspace/"$best_run"
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
(echo address,packets,bytes; awk -F'\t' 'index($2, "10.167.44.") == 1 {n[$2]++; b[$2] += $8} END {for (a in n) print a "," n[a] "," b[a]}' /tmp/packets.tsv | LC_ALL=C sort -t, -k3,3nr -k1,1) > talkers.csv
jq -n --arg host $host --arg resolver $resolver --arg domain $domain --argjson queries $queries --arg first $first --arg last $last --arg sha256 $(sha256sum < recovered.bin | cut -d' ' -f1) '$ARGS.named' > report.json
cd /app
sha256sum intake/settings.csv intake/sweep.json workspace/"$best_run"/report.json workspace/"$best_run"/talkers.csv workspace/"$best_run"/recovered.bin | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg run "$best_run" --argjson files "$digests" '{run: $run, files: $files}' > handover.json
