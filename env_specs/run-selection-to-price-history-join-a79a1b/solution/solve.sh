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
    if any(r["val_loss"] is None or r["val_loss"] > 6 for r in epochs.values()):
        lists["diverged"].append(folder.name)
    elif not config.get("stopped_early") and set(range(1, 14 + 1)) - set(epochs):
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
    if len(runs) >= 2:
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
ls -l sales; head -3 sales/*.csv
sqlite3 -readonly catalogue.db .schema 'SELECT * FROM shops' 'SELECT * FROM prices ORDER BY product, valid_from LIMIT 12'
sqlite3 -readonly catalogue.db 'SELECT product, valid_from, count(*) FROM prices GROUP BY 1, 2 HAVING count(*) > 1'
cat sales/*.csv | grep -c '('; for f in sales/*.csv; do head -1 $f; done
cat > /tmp/load.py <<'EOF'
import csv, glob, os, sqlite3, datetime
db = sqlite3.connect("/tmp/work.db")
db.executescript("DROP TABLE IF EXISTS sales; CREATE TABLE sales (shop, sale_id, product, utc INTEGER, quantity INTEGER);")
source = sqlite3.connect("file:catalogue.db?mode=ro", uri=True)
offsets = dict(source.execute("SELECT shop, offset_minutes FROM shops"))
repeated = 0
for path in sorted(glob.glob("sales/*.csv")):
    shop, seen = os.path.basename(path)[:-4], set()
    text = open(path).read()
    for row in csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","):
        if row["sale_id"] in seen:
            repeated += 1
            continue
        seen.add(row["sale_id"])
        quantity = row["quantity"]
        number = -int(quantity[1:-1]) if quantity.startswith("(") else int(quantity)
        when = datetime.datetime.fromisoformat(row["time"]).replace(tzinfo=datetime.timezone.utc).timestamp() - 60 * offsets[shop]
        db.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", (shop, row["sale_id"], row["product"], int(when), number))
db.execute("DROP TABLE IF EXISTS prices")
db.execute("CREATE TABLE prices (id, product, start INTEGER, cents INTEGER)")
db.executemany("INSERT INTO prices VALUES (?, ?, ?, ?)", source.execute("SELECT id, product, CAST(strftime('%s', valid_from) AS INTEGER), cents FROM prices"))
db.commit()
print(repeated)
EOF
repeated=$(python3 /tmp/load.py); echo $repeated; sqlite3 /tmp/work.db 'SELECT shop, count(*), sum(quantity) FROM sales GROUP BY 1'
sqlite3 /tmp/work.db 'CREATE TABLE valued AS SELECT s.*, (SELECT cents FROM prices p WHERE p.product = s.product AND p.start <= s.utc ORDER BY p.start DESC, p.id DESC LIMIT 1) AS cents FROM sales s'
sqlite3 /tmp/work.db 'SELECT * FROM valued WHERE cents IS NULL LIMIT 5'; unpriced=$(sqlite3 /tmp/work.db 'SELECT count(*) FROM valued WHERE cents IS NULL'); echo $unpriced
{ echo shop,product,quantity,cents; sqlite3 -csv /tmp/work.db 'SELECT shop, product, sum(quantity), sum(quantity * cents) FROM valued WHERE cents IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2' | tr -d '\r'; } > revenue.csv; head -4 revenue.csv
top_shop=$(awk -F, 'NR > 1 {t[$1] += $4} END {for (k in t) print t[k], k}' revenue.csv | sort -rn | head -1 | cut -d' ' -f2); top_product=$(awk -F, 'NR > 1 {t[$2] += $4} END {for (k in t) print t[k], k}' revenue.csv | sort -rn | head -1 | cut -d' ' -f2); echo $top_shop $top_product
revenue=$(awk -F, 'NR > 1 {t += $4} END {printf "%d", t}' revenue.csv); jq -n --argjson repeated $repeated --argjson unpriced $unpriced --argjson revenue $revenue --arg top_shop $top_shop --arg top_product $top_product '$ARGS.named' > summary.json; cat summary.json
cd /app
sha256sum intake/settings.csv intake/sweep.json workspace/"$best_run"/revenue.csv workspace/"$best_run"/summary.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg run "$best_run" --argjson files "$digests" '{run: $run, files: $files}' > handover.json
