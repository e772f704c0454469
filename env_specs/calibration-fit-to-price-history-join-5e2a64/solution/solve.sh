#!/bin/bash
cd /app/intake
cat METHOD.md instruments.json
wc -l standards/* field/*; head -4 standards/$(ls standards | head -1)
f=field/$(ls field | head -1); head -5 $f; cut -d, -f3 field/* | sort | uniq -c
cut -d, -f2 field/* | grep -vE '^[0-9.]+$' | sort | uniq -c
cat > /tmp/fit.py <<'EOF'
import csv, json


def solve(points, degree):
    size = degree + 1
    rows = [[sum(x ** (i + j) / u**2 for x, y, u in points) for j in range(size)] + [sum(y * x**i / u**2 for x, y, u in points)] for i in range(size)]
    for i in range(size):
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for j in range(size):
            if i != j:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i])]
    return [row[-1] for row in rows]


out = {}
for name, info in json.load(open("instruments.json")).items():
    points = [tuple(float(v) for v in row.values()) for row in csv.DictReader(open(f"standards/{name}.csv"))]
    total = len(points)
    while True:
        fit = solve(points, info["degree"])
        ratios = [abs(y - sum(c * x**n for n, c in enumerate(fit))) / u for x, y, u in points]
        if max(ratios) <= info["reject_above"]:
            break
        del points[ratios.index(max(ratios))]
    chi2 = round(sum(r * r for r in ratios), 4)
    out[name] = dict(coefficients=fit, shown=[round(c, 6) for c in fit], used=len(points), rejected=total - len(points), chi2=chi2)
print(json.dumps(out))
EOF
python3 /tmp/fit.py > /tmp/fits.json && jq -c 'map_values([.coefficients, .rejected])' /tmp/fits.json
jq 'map_values({coefficients: .shown, used, rejected, chi2})' /tmp/fits.json > calibration.json
cat calibration.json
instrument=$(jq -r 'to_entries | max_by(.value.rejected).key' /tmp/fits.json); echo $instrument
cat > /tmp/apply.py <<'EOF'
import collections, csv, json

info, fits = json.load(open("instruments.json")), json.load(open("/tmp/fits.json"))
for name in info:
    days = collections.defaultdict(list)
    for row in csv.DictReader(open(f"field/{name}.csv")):
        try:
            volts = float(row["reading"]) / (1000 if row["unit"] == "mV" else 1)
        except ValueError:
            continue
        if 0 <= volts < info[name]["ceiling_volts"]:
            days[row["time"][:10]].append(sum(c * volts**n for n, c in enumerate(fits[name]["coefficients"])))
    for day, values in days.items():
        print(f"{day},{name},{len(values)},{sum(values) / len(values):.3f}")
EOF
python3 /tmp/apply.py > /tmp/daily.csv; head -4 /tmp/daily.csv; wc -l /tmp/daily.csv
(echo day,instrument,n,mean; LC_ALL=C sort /tmp/daily.csv) > daily.csv
cd /app/workspace/"$instrument"
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
revenue=$(awk -F, 'NR > 1 {t += $4} END {printf "%d", t}' revenue.csv); jq -n --argjson repeated $repeated --argjson unpriced $unpriced --argjson revenue $revenue --arg top_shop $top_shop --arg top_product $top_product '$ARGS.named' > revenue.json; cat revenue.json
cd /app
sha256sum intake/calibration.json intake/daily.csv workspace/"$instrument"/revenue.csv workspace/"$instrument"/revenue.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg instrument "$instrument" --argjson files "$digests" '{instrument: $instrument, files: $files}' > handover.json
