#!/bin/bash
ls -R . && cat docs/RECONCILIATION.md
sqlite3 shop.db .schema; for table in customers orders order_lines payments; do sqlite3 -header shop.db "SELECT * FROM $table LIMIT 3; SELECT count(*) FROM $table"; done
head -5 exports/*.csv; wc -l exports/*.csv
cut -d';' -f4,7,8 exports/psp-05.csv | sort | uniq -c; cut -d, -f4,7,8 exports/psp-06.csv | sort | uniq -c
grep -E 'STORNO|REVERSAL' exports/psp-0*.csv | head; cut -d';' -f2 exports/psp-05.csv | sed 's/[0-9]/9/g' | sort | uniq -c; cut -d, -f2 exports/psp-06.csv | sed 's/[0-9]/9/g' | sort | uniq -c
cut -d, -f1 exports/psp-06.csv | sort > /tmp/june; cut -d';' -f1 exports/psp-05.csv | sort | comm -12 - /tmp/june | wc -l; awk -F, '$4 < 0' exports/warehouse.csv | head -3; cut -d, -f3 exports/warehouse.csv | sort | uniq -c
cp shop.db /tmp/before.db
cat > /tmp/load.py <<'PY'
"""The exports as tables of /tmp/work.db: each reference with its last message; what was shipped."""
import csv, re, sqlite3
from datetime import datetime, timedelta

KINDS = {"ZAHLUNG": "CHARGE", "ERSTATTUNG": "REFUND", "RUECKLASTSCHRIFT": "CHARGEBACK", "STORNO": "REVERSAL"}
STATES = {"OK": "SETTLED", "FEHLGESCHLAGEN": "FAILED", "OFFEN": "PENDING"}
last = {}
for path, mark, form in (("exports/psp-05.csv", ";", "%d.%m.%Y %H:%M:%S"), ("exports/psp-06.csv", ",", "%Y-%m-%d %H:%M:%S")):
    with open(path, newline="") as file:
        rows = csv.reader(file, delimiter=mark)
        next(rows)
        for ref, field, booked, kind, gross, _fee, currency, state, related in rows:
            if mark == ";":
                gross = gross.replace(".", "").replace(",", ".")
            cents = round(float(gross) * 100)
            digits = re.search(r"(?<!\d)\d{5}(?!\d)", field)
            utc = datetime.strptime(booked, form) - timedelta(hours=2)  # Berlin has summer time in May and June
            last[ref] = (ref, "O-" + digits[0] if digits else "", utc.strftime("%Y-%m-%dT%H:%M:%SZ"), KINDS.get(kind, kind), cents, currency, STATES.get(state, state), related)
base = sqlite3.connect("/tmp/work.db")
base.execute("CREATE TABLE said (reference PRIMARY KEY, order_id, received_at, type, cents, currency, state, related)")
base.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?)", last.values())
base.execute("CREATE TABLE shipped (order_id, sku, quantity)")
with open("exports/warehouse.csv", newline="") as file:
    bookings = [("O-" + row["order"], row["sku"].upper(), int(row["quantity"])) for row in csv.DictReader(file)]
base.executemany("INSERT INTO shipped VALUES (?, ?, ?)", bookings)
base.commit()
PY
rm -f /tmp/work.db; python3 /tmp/load.py && sqlite3 /tmp/work.db "SELECT type, state, count(*), sum(cents) FROM said GROUP BY 1, 2; SELECT count(*), sum(quantity) FROM shipped"
sqlite3 /tmp/work.db "ATTACH '/tmp/before.db' AS shop; CREATE TABLE good AS SELECT * FROM said WHERE state = 'SETTLED' AND type <> 'REVERSAL' AND reference NOT IN (SELECT related FROM said WHERE type = 'REVERSAL' AND state = 'SETTLED'); CREATE TABLE unmatched AS SELECT * FROM good WHERE order_id NOT IN (SELECT id FROM shop.orders); DELETE FROM good WHERE reference IN (SELECT reference FROM unmatched); SELECT * FROM unmatched; SELECT 'other currency', g.* FROM good g JOIN shop.orders o ON o.id = g.order_id WHERE o.currency <> g.currency; SELECT 'sign', * FROM good WHERE (type = 'CHARGE') <> (cents > 0);"
sqlite3 /tmp/work.db "ATTACH '/tmp/before.db' AS shop; SELECT p.*, s.* FROM shop.payments p LEFT JOIN said s USING (reference) WHERE reference NOT IN (SELECT reference FROM good); SELECT '--'; SELECT p.*, '->', g.* FROM shop.payments p JOIN good g USING (reference) WHERE p.order_id <> g.order_id OR p.received_at <> g.received_at OR p.amount_cents <> abs(g.cents) OR p.kind <> iif(g.cents > 0, 'charge', 'refund')"
sqlite3 /tmp/work.db "ATTACH '/tmp/before.db' AS shop; SELECT o.id, o.total_cents, sum(quantity * unit_cents) AS lines FROM shop.orders o JOIN shop.order_lines l ON l.order_id = o.id GROUP BY o.id HAVING lines <> o.total_cents; SELECT 'no such line', * FROM shipped s WHERE NOT EXISTS (SELECT 1 FROM shop.order_lines l WHERE l.order_id = s.order_id AND l.sku = s.sku); SELECT 'twice', order_id, sku FROM shop.order_lines GROUP BY 2, 3 HAVING count(*) > 1"
cat > /tmp/apply.sql <<'SQL'
ATTACH '/tmp/work.db' AS work;
BEGIN;
DELETE FROM payments WHERE reference NOT IN (SELECT reference FROM work.good);
INSERT INTO payments SELECT reference, order_id, received_at, iif(cents > 0, 'charge', 'refund'), abs(cents) FROM work.good WHERE true
  ON CONFLICT (reference) DO UPDATE SET order_id = excluded.order_id, received_at = excluded.received_at, kind = excluded.kind, amount_cents = excluded.amount_cents;
UPDATE orders SET total_cents = (SELECT sum(quantity * unit_cents) FROM order_lines l WHERE l.order_id = orders.id);
CREATE TEMP TABLE facts AS SELECT o.id,
  (SELECT coalesce(sum(iif(kind = 'charge', amount_cents, -amount_cents)), 0) FROM payments p WHERE p.order_id = o.id) AS net,
  (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id AND quantity > (SELECT coalesce(sum(s.quantity), 0) FROM work.shipped s WHERE s.order_id = l.order_id AND s.sku = l.sku)) AS lacking,
  (SELECT coalesce(sum(s.quantity), 0) FROM work.shipped s WHERE s.order_id = o.id) AS sent
  FROM orders o;
UPDATE orders SET status = (SELECT CASE WHEN lacking = 0 THEN 'shipped' WHEN sent > 0 THEN 'partial' WHEN net >= total_cents THEN 'paid' ELSE 'open' END FROM temp.facts f WHERE f.id = orders.id) WHERE status <> 'cancelled';
COMMIT;
SQL
sqlite3 shop.db < /tmp/apply.sql && sqlite3 shop.db "PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT status, count(*) FROM orders GROUP BY 1; SELECT kind, count(*) FROM payments GROUP BY 1"
cat > /tmp/report.py <<'PY'
import json, sqlite3

base = sqlite3.connect("shop.db")
base.execute("ATTACH '/tmp/before.db' AS old")
base.execute("ATTACH '/tmp/work.db' AS work")

def column(query):
    return [row[0] for row in base.execute(query)]

net_by_month = {}
for month, currency, cents in base.execute("SELECT substr(received_at, 1, 7), currency, sum(iif(kind = 'charge', amount_cents, -amount_cents)) FROM payments JOIN orders ON orders.id = order_id GROUP BY 1, 2"):
    net_by_month.setdefault(month, {})[currency] = cents
report = {
    "payments": {
        "added": column("SELECT reference FROM payments WHERE reference NOT IN (SELECT reference FROM old.payments) ORDER BY 1"),
        "removed": column("SELECT reference FROM old.payments WHERE reference NOT IN (SELECT reference FROM main.payments) ORDER BY 1"),
        "changed": column("SELECT reference FROM (SELECT * FROM main.payments EXCEPT SELECT * FROM old.payments) WHERE reference IN (SELECT reference FROM old.payments) ORDER BY 1"),
    },
    "totals_fixed": column("SELECT n.id FROM orders n JOIN old.orders o USING (id) WHERE n.total_cents <> o.total_cents ORDER BY 1"),
    "status_changed": {row[0]: list(row[1:]) for row in base.execute("SELECT n.id, o.status, n.status FROM orders n JOIN old.orders o USING (id) WHERE n.status <> o.status ORDER BY 1")},
    "unmatched": column("SELECT reference FROM work.unmatched ORDER BY 1"),
    "net_by_month": net_by_month,
    "balances": dict(base.execute("SELECT id, iif(status = 'cancelled', 0, total_cents) - (SELECT coalesce(sum(iif(kind = 'charge', amount_cents, -amount_cents)), 0) FROM payments WHERE order_id = orders.id) AS due FROM orders WHERE due <> 0 ORDER BY 1")),
}
json.dump(report, open("report.json", "w"), indent=1)
PY
python3 /tmp/report.py && jq -c 'map_values(length), .net_by_month' report.json && ls
