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
{ echo shop,product,quantity,cents; sqlite3 -csv /tmp/work.db 'SELECT shop, product, sum(quantity), sum(quantity * cents) FROM valued WHERE cents IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2' | tr -d '\r'; } > revenue.csv; head -4 revenue.csv
top_shop=$(awk -F, 'NR > 1 {t[$1] += $4} END {for (k in t) print t[k], k}' revenue.csv | sort -rn | head -1 | cut -d' ' -f2); top_product=$(awk -F, 'NR > 1 {t[$2] += $4} END {for (k in t) print t[k], k}' revenue.csv | sort -rn | head -1 | cut -d' ' -f2); echo $top_shop $top_product
revenue=$(awk -F, 'NR > 1 {t += $4} END {printf "%d", t}' revenue.csv); jq -n --argjson repeated $repeated --argjson unpriced $unpriced --argjson revenue $revenue --arg top_shop $top_shop --arg top_product $top_product '$ARGS.named' > revenue.json; cat revenue.json
cd /app/workspace/"$top_shop"
ls -l statements; head -5 statements/*.csv
sqlite3 -readonly books.db .schema 'SELECT * FROM invoices LIMIT 5' 'SELECT count(*), sum(cents) FROM invoices'
cut -d';' -f2 statements/*.csv | sort | uniq -d | wc -l
cut -d';' -f4 statements/*.csv | sed 's/[0-9]/9/g' | sort | uniq -c | sort -rn | head -20
cut -d';' -f3 statements/*.csv | grep -c -- '^-'
sqlite3 -readonly books.db 'SELECT cents, count(*) FROM invoices GROUP BY 1 HAVING count(*) > 1'
cat > /tmp/match.py <<'EOF'
import csv, datetime, glob, json, re, sqlite3, sys
rows = sqlite3.connect("file:books.db?mode=ro", uri=True).execute("SELECT number, customer, issued, cents FROM invoices").fetchall()
day = datetime.date.fromisoformat
payments = []
for path in sorted(glob.glob("statements/*.csv")):
    seen = set()
    for row in csv.DictReader(open(path), delimiter=";"):
        if row["reference"] in seen: continue
        seen.add(row["reference"])
        cents = int(row["amount"].replace(".", "").replace(",", ""))
        if cents > 0: payments.append((row["date"], row["reference"], cents, row["text"]))
put, loose = {}, []
patterns = [(n, re.compile("[ -]*".join(n), re.I)) for n, *_ in rows]
for date, reference, cents, text in payments:
    named = [n for n, p in patterns if p.search(text)]
    if named: put[named[0]] = put.get(named[0], 0) + cents
    else: loose.append((date, reference, cents))
unassigned = []
for date, reference, cents in sorted(loose):
    fits = [(issued, n) for n, _, issued, c in rows if n not in put and c == cents and 0 <= (day(date) - day(issued)).days <= 40]
    if fits: put[min(fits)[1]] = cents
    else: unassigned.append(reference)
counts, lacking = dict.fromkeys(("paid", "over", "under", "open"), 0), {}
with open(sys.argv[1], "w") as file:
    print("number,status,received", file=file)
    for n, customer, _, c in sorted(rows):
        got = put.get(n, 0)
        status = "open" if n not in put else "paid" if abs(got - c) <= 4 else "over" if got > c else "under"
        counts[status] += 1
        if status in ("open", "under"): lacking[customer] = lacking.get(customer, 0) + c - got
        print(n, status, got, sep=",", file=file)
json.dump({**counts, "unassigned": sorted(unassigned), "missing_cents": sum(lacking.values()), "worst_customer": max(lacking, key=lacking.get)}, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/match.py /tmp/table.csv /tmp/report.json && cut -d, -f2 /tmp/table.csv | sort | uniq -c
head -5 /tmp/table.csv; jq -c . /tmp/report.json
cp /tmp/table.csv invoices.csv
cp /tmp/report.json summary.json; worst_customer=$(jq -r .worst_customer summary.json); echo $worst_customer
cd /app
sha256sum intake/revenue.csv intake/revenue.json workspace/"$top_shop"/invoices.csv workspace/"$top_shop"/summary.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg shop "$top_shop" --argjson files "$digests" '{shop: $shop, files: $files}' > handover.json
