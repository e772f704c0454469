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
    fits = [(issued, n) for n, _, issued, c in rows if n not in put and c == cents and 0 <= (day(date) - day(issued)).days <= 35]
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
cp /tmp/table.csv matched.csv
cp /tmp/report.json reconciliation.json; worst_customer=$(jq -r .worst_customer reconciliation.json); echo $worst_customer
cd /app
sha256sum intake/calibration.json intake/daily.csv workspace/"$instrument"/matched.csv workspace/"$instrument"/reconciliation.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg instrument "$instrument" --argjson files "$digests" '{instrument: $instrument, files: $files}' > handover.json
