#!/bin/bash
cd /app/intake
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
{ echo shop,product,quantity,cents; sqlite3 -csv /tmp/work.db 'SELECT shop, product, sum(quantity), sum(quantity * cents) FROM valued WHERE cents IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2' | tr -d '\r'; } > totals.csv; head -4 totals.csv
top_shop=$(awk -F, 'NR > 1 {t[$1] += $4} END {for (k in t) print t[k], k}' totals.csv | sort -rn | head -1 | cut -d' ' -f2); top_product=$(awk -F, 'NR > 1 {t[$2] += $4} END {for (k in t) print t[k], k}' totals.csv | sort -rn | head -1 | cut -d' ' -f2); echo $top_shop $top_product
revenue=$(awk -F, 'NR > 1 {t += $4} END {printf "%d", t}' totals.csv); jq -n --argjson repeated $repeated --argjson unpriced $unpriced --argjson revenue $revenue --arg top_shop $top_shop --arg top_product $top_product '$ARGS.named' > summary.json; cat summary.json
cd /app/workspace/"$top_shop"
ls -l readings; for f in readings/*; do xzcat $f | head -3; done
for f in readings/*; do xzcat $f | wc -l; done
xzcat readings/* | grep '^#' | sort | uniq -c
xzcat readings/* | awk '{print $2}' | sed 's/[0-9.]//g' | sort | uniq -c; xzcat readings/* | grep -c -- -999.9
for f in readings/*; do xzcat $f | grep -v '^#' | cut -d' ' -f1 | sort | uniq -d | wc -l; done
cat > /tmp/grid.py <<'EOF'
import glob, json, lzma, os, statistics, sys
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction
W, REACH, HALF, LIMIT = 120, 4, 4, Fraction("2.6")
series = {}
for path in sorted(glob.glob("readings/*.txt.xz")):
    rows = {}
    for line in lzma.open(path, "rt"):
        if line.startswith("#") or not line.strip(): continue
        time, value = line.split()
        if value == "NaN" or value[:-1] == "-999.9": continue
        number = Fraction(value[:-1])
        rows[int(time)] = (number - 32) * 5 / 9 if value[-1] == "F" else number
    series[os.path.basename(path)[:-7]] = rows
bins = max(max(rows) for rows in series.values()) // W + 1
grid, report = {}, {}
for name, rows in series.items():
    groups = {}
    for time, value in rows.items():
        groups.setdefault(time // W, []).append(value)
    values = {k: sum(g) / len(g) for k, g in groups.items()}
    known, filled = sorted(values), 0
    for a, b in zip(known, known[1:]):
        if 1 < b - a <= REACH + 1:
            for k in range(a + 1, b):
                values[k] = values[a] + (values[b] - values[a]) * Fraction(k - a, b - a)
                filled += 1
    outliers = []
    for k in sorted(values):
        near = [values[j] for j in range(k - HALF, k + HALF + 1) if j != k and j in values]
        if len(near) >= HALF and abs(values[k] - statistics.median(near)) > LIMIT:
            outliers.append(k)
    grid[name] = values
    report[name] = {"readings": len(rows), "filled": filled, "empty": bins - len(values), "outliers": outliers}
def show(value):
    n = abs(value) * 100 + Fraction(1, 2)
    n = n.numerator // n.denominator
    return f"{'-' if value < 0 and n else ''}{n // 100}.{n % 100:02d}"
with open(sys.argv[1], "w") as file:
    print("bin", *grid, sep=",", file=file)
    for k in range(bins):
        print(k, *(show(v[k]) if k in v else "" for v in grid.values()), sep=",", file=file)
json.dump(report, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/grid.py /tmp/grid.csv /tmp/report.json && head -5 /tmp/grid.csv
jq -c 'to_entries[]' /tmp/report.json
tail -2 /tmp/grid.csv; wc -l /tmp/grid.csv
cp /tmp/grid.csv resampled.csv
cp /tmp/report.json outliers.json; bad_sensor=$(jq -r 'to_entries | max_by(.value.outliers | length) | .key' outliers.json); echo $bad_sensor
cd /app
sha256sum intake/totals.csv intake/summary.json workspace/"$top_shop"/resampled.csv workspace/"$top_shop"/outliers.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg shop "$top_shop" --argjson files "$digests" '{shop: $shop, files: $files}' > handover.json
