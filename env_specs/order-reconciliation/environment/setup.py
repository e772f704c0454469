"""Makes the world: a shop's database that drifted away from its payment provider and its warehouse."""

import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

rng = random.Random(80_211)
APP = Path("/app")
PRICES = {"KT-01": 1890, "KT-02": 2450, "LP-10": 12900, "LP-12": 15900, "MG-07": 990, "TR-33": 4475}
GUIDE = """# Which side is right

**Payments: the provider.** `exports/psp-05.csv` and `psp-06.csv` are its statements of May and
June; in between it changed their form, not their meaning. One line is one message about a
transaction, and a later message about the same reference (further down, or in the later statement)
replaces an earlier one.

- The table `payments` holds exactly the settled transactions (`OK`, `SETTLED`), one row for each,
  and none that failed or is pending.
- Money that we get is positive in the statements, money that we give back negative. In the table all
  amounts are positive cents, and `kind` is `charge` or `refund`. A chargeback is a refund.
- A settled reversal makes the transaction that it names void: neither of them is in the table.
- The statements' times are Berlin's, the table's are UTC (`2024-05-03T09:12:00Z`).
- In the field for the order stands what the customer's app sent. The five digits of the order's
  number are in it somewhere. A transaction whose order we do not have stays out of the table and is
  reported as unmatched; failed, pending and void ones are not.

**Shipments: the warehouse.** `exports/warehouse.csv` has its bookings. A booking can be taken back by
a negative one.

**Orders: their lines.** `order_lines` is right. An order's `total_cents` is the sum of its lines, and
its `status` follows from the rest:

| status | when |
|---|---|
| cancelled | it already is; nothing changes that |
| shipped | the warehouse has sent all pieces of all its lines |
| partial | it has sent some of them |
| paid | it has sent nothing, and what was paid less what was given back covers the total |
| open | else |
"""
SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE orders (
    id TEXT PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id),
    placed_at TEXT NOT NULL, currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'partial', 'shipped', 'cancelled')),
    total_cents INTEGER NOT NULL);
CREATE TABLE order_lines (
    order_id TEXT NOT NULL REFERENCES orders(id), line INTEGER NOT NULL, sku TEXT NOT NULL,
    quantity INTEGER NOT NULL, unit_cents INTEGER NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE payments (
    reference TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders(id),
    received_at TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund')),
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0));
"""
GERMAN = {"CHARGE": "ZAHLUNG", "REFUND": "ERSTATTUNG", "CHARGEBACK": "RUECKLASTSCHRIFT", "REVERSAL": "STORNO",
          "SETTLED": "OK", "FAILED": "FEHLGESCHLAGEN", "PENDING": "OFFEN"}
MIDNIGHT = datetime(2024, 5, 1)
JUNE = datetime(2024, 6, 1)
END = datetime(2024, 7, 1)
used = set()  # references


def reference():
    while True:
        one = f"PX{rng.randrange(16**7):07X}"
        if one not in used:
            used.add(one)
            return one


def utc(berlin):
    return (berlin - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


messages = []  # what the provider says: reference, order, its field, Berlin time, type, cents, state, related, currency


def say(order, time, kind, cents, state="SETTLED", related="", currency="EUR", ref=None):
    form = rng.choice(["O-{}", "O-{}", "o{}", "{}", " Order O-{}", "O {} / app 3.2", "#{}"])
    field = form.format(order[2:]) if order.startswith("O-") else order
    ref = ref or reference()
    messages.append((ref, order, field, time, kind, cents, state, related, currency))
    return ref


customers = [(n, f"Customer {n}", rng.choice(["DE", "DE", "AT", "CH"])) for n in range(1, 41)]
orders, lines, bookings = [], [], []
for number in range(10_412, 10_552):
    order = f"O-{number}"
    who = rng.choice(customers)
    currency = "CHF" if who[2] == "CH" else "EUR"
    placed = MIDNIGHT + timedelta(minutes=rng.randrange(56 * 24 * 60))
    mine = [(order, place, sku, rng.randint(1, 4), PRICES[sku]) for place, sku in enumerate(rng.sample(sorted(PRICES), rng.randint(1, 3)), 1)]
    total = sum(quantity * unit for *_, quantity, unit in mine)
    paid_at = placed + timedelta(minutes=rng.randrange(5, 4 * 24 * 60))
    dice, back = rng.random(), rng.random()
    paid = dice >= 0.06
    if dice < 0.06:  # a try that fails, and no more
        say(order, paid_at, "CHARGE", total, "FAILED", currency=currency)
    elif dice < 0.14:  # fails, then works
        say(order, paid_at, "CHARGE", total, "FAILED", currency=currency)
        say(order, paid_at + timedelta(minutes=7), "CHARGE", total, currency=currency)
    elif dice < 0.24:  # pending at first, some of them for good
        ref = say(order, paid_at, "CHARGE", total, "PENDING", currency=currency)
        paid = rng.random() < 0.6
        if paid:
            later = paid_at + timedelta(days=rng.randint(1, 4), minutes=11)
            say(order, later, "CHARGE", total, currency=currency, ref=ref)
    elif dice < 0.30:  # in two parts
        say(order, paid_at, "CHARGE", total // 3, currency=currency)
        say(order, paid_at + timedelta(hours=30), "CHARGE", total - total // 3, currency=currency)
    elif dice < 0.37:  # paid twice, one of them reversed
        say(order, paid_at, "CHARGE", total, currency=currency)
        twin = say(order, paid_at + timedelta(seconds=40), "CHARGE", total, currency=currency)
        say(order, paid_at + timedelta(days=1), "REVERSAL", -total, related=twin, currency=currency)
    elif dice < 0.42:  # paid twice, and the reversal failed
        say(order, paid_at, "CHARGE", total, currency=currency)
        twin = say(order, paid_at + timedelta(seconds=40), "CHARGE", total, currency=currency)
        say(order, paid_at + timedelta(days=1), "REVERSAL", -total, "FAILED", twin, currency)
    else:
        say(order, paid_at, "CHARGE", total, currency=currency)
    if paid and back < 0.12:
        say(order, paid_at + timedelta(days=rng.randint(5, 8)), "REFUND", -mine[0][4], currency=currency)
    elif paid and back < 0.18:
        say(order, paid_at + timedelta(days=rng.randint(5, 9)), "CHARGEBACK", -total, currency=currency)
    sent = 0
    if paid and rng.random() < 0.75:
        for _, _, sku, quantity, _ in mine:
            go = quantity if rng.random() < 0.85 else rng.randrange(quantity)
            sent += go
            day = (paid_at + timedelta(days=rng.randint(1, 5))).strftime("%Y-%m-%d")
            if go > 1 and rng.random() < 0.3:
                bookings += [(order, sku, 1, day), (order, sku, go - 1, day)]
            elif go:
                bookings.append((order, sku, go, day))
            if rng.random() < 0.08:
                bookings += [(order, sku, 2, day), (order, sku, -2, day)]
    whole = sum(line[3] for line in mine)
    status = "shipped" if sent == whole else "partial" if sent else "?"
    if not sent and rng.random() < 0.2:
        status = "cancelled"
    orders.append([order, who[0], utc(placed), currency, status, total])
    lines += mine
for order in ("O-19999", "O-10399", "gift card", ""):  # nobody's
    say(order, JUNE + timedelta(days=rng.randint(-20, 20), minutes=rng.randrange(999)), "CHARGE", rng.randint(900, 30_000))
say("O-10003", JUNE + timedelta(days=3), "CHARGE", 5_000, "FAILED")
say("O-10419", datetime(2024, 6, 1, 0, 40), "CHARGE", 1_000, currency=orders[7][3])

# The statements. The last days of May are in both, and what was pending may have settled meanwhile.
messages = sorted((one for one in messages if one[3] < END), key=lambda one: one[3])


def german(cents):
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{rest:02d}"


may = ["Referenz;Bestellung;Gebucht;Art;Brutto;Gebuehr;Waehrung;Status;Bezug"]
june = ["reference,merchant_order,booked,type,gross,fee,currency,status,related"]
for ref, _, order, time, kind, cents, state, related, currency in messages:
    fee = abs(cents) * 14 // 1000 + 25
    if time < JUNE:
        may.append(f"{ref};{order};{time:%d.%m.%Y %H:%M:%S};{GERMAN[kind]};{german(cents)};{german(fee)};{currency};{GERMAN[state]};{related}")
    if time >= JUNE - timedelta(days=2):
        june.append(f"{ref},{order},{time:%Y-%m-%d %H:%M:%S},{kind},{cents / 100:.2f},{fee / 100:.2f},{currency},{state},{related}")
warehouse = ["booking,order,sku,quantity,day"]
for number, (order, sku, quantity, day) in enumerate(sorted(bookings, key=lambda one: one[3]), 5001):
    warehouse.append(f"{number},{order[2:]},{rng.choice([sku, sku.lower()])},{quantity},{day}")
for name, rows in (("psp-05", may), ("psp-06", june), ("warehouse", warehouse)):
    path = APP / f"exports/{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n")
(APP / "docs").mkdir()
(APP / "docs/RECONCILIATION.md").write_text(GUIDE)

# The payments as they should be, and what follows from them.
last = {one[0]: one for one in messages}
void = {one[7] for one in last.values() if one[4] == "REVERSAL" and one[6] == "SETTLED"}
known = {order[0] for order in orders}
truth = {}
for ref, order, _, time, kind, cents, state, *_ in last.values():
    if state == "SETTLED" and kind != "REVERSAL" and ref not in void and order in known:
        truth[ref] = [ref, order, utc(time), "charge" if cents > 0 else "refund", abs(cents)]
net = dict.fromkeys(known, 0)
for _, order, _, kind, cents in truth.values():
    net[order] += cents if kind == "charge" else -cents
for order in orders:
    if order[4] == "?":
        order[4] = "paid" if net[order[0]] >= order[5] else "open"

# The database: the same, some months later.
kept = sorted(truth)
rng.shuffle(kept)
stored = {ref: list(truth[ref]) for ref in kept[9:]}
for ref in kept[9:15]:  # slips of the pen
    stored[ref][4] += rng.choice([-900, 90, 9000])
    stored[ref][4] = abs(stored[ref][4])
for ref in kept[15:18]:
    stored[ref][1] = rng.choice(orders)[0]
for ref in stored:
    row = stored[ref]
    if row[2][:10] in ("2024-06-04", "2024-06-05"):  # two days on which the import took Berlin's time
        stamp = datetime.strptime(row[2], "%Y-%m-%dT%H:%M:%SZ") + timedelta(hours=2)
        row[2] = stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
for one in [one for one in last.values() if one[4] == "CHARGEBACK" and one[0] in stored][:3]:
    stored[one[0]][3] = "charge"
wrong = [one for one in last.values() if one[6] != "SETTLED" and one[4] == "CHARGE" and one[1] in known][2:8]
wrong += [last[ref] for ref in sorted(void)[:4]]
wrong += [one for one in last.values() if one[4] == "REVERSAL" and one[7] in void][:1]
for one in wrong:
    stored[one[0]] = [one[0], one[1], utc(one[3]), "charge" if one[5] > 0 else "refund", abs(one[5])]
for _ in range(4):
    row = [reference(), *rng.choice(list(truth.values()))[1:]]
    stored[row[0]] = row
drifted = [list(order) for order in orders]
for order in rng.sample(drifted, 7):
    order[5] += rng.choice([-1000, 100, 990, 4475])
for order in rng.sample([order for order in drifted if order[4] != "cancelled"], 24):
    order[4] = rng.choice([status for status in ("open", "paid", "partial", "shipped") if status != order[4]])

base = sqlite3.connect(APP / "shop.db")
base.executescript(SCHEMA)
base.executemany("INSERT INTO customers VALUES (?, ?, ?)", customers)
base.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", drifted)
base.executemany("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?)", lines)
base.executemany("INSERT INTO payments VALUES (?, ?, ?, ?, ?)", sorted(stored.values(), key=lambda row: row[2]))
base.commit()
base.close()
