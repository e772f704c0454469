#!/bin/bash
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
    fits = [(issued, n) for n, _, issued, c in rows if n not in put and c == cents and 0 <= (day(date) - day(issued)).days <= 31]
    if fits: put[min(fits)[1]] = cents
    else: unassigned.append(reference)
counts, lacking = dict.fromkeys(("paid", "over", "under", "open"), 0), {}
with open(sys.argv[1], "w") as file:
    print("number,status,received", file=file)
    for n, customer, _, c in sorted(rows):
        got = put.get(n, 0)
        status = "open" if n not in put else "paid" if abs(got - c) <= 18 else "over" if got > c else "under"
        counts[status] += 1
        if status in ("open", "under"): lacking[customer] = lacking.get(customer, 0) + c - got
        print(n, status, got, sep=",", file=file)
json.dump({**counts, "unassigned": sorted(unassigned), "missing_cents": sum(lacking.values()), "worst_customer": max(lacking, key=lacking.get)}, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/match.py /tmp/table.csv /tmp/report.json && cut -d, -f2 /tmp/table.csv | sort | uniq -c
head -5 /tmp/table.csv; jq -c . /tmp/report.json
cp /tmp/table.csv invoices.csv
cp /tmp/report.json reconciliation.json; worst_customer=$(jq -r .worst_customer reconciliation.json); echo $worst_customer
