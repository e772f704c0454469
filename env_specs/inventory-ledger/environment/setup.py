"""Makes the world: a half-finished stock ledger, its rules, a journal, signed closings."""

import csv
import io
import json
import random
from pathlib import Path

rng = random.Random(5)
APP = Path("/app")
CATALOGUE = {
    "BX-104": {"name": "Archive box", "packs": {"2024-01-01": 8}},
    "CL-220": {"name": "Cable clip", "packs": {"2024-01-01": 24, "2025-02-12": 20}},
    "FT-031": {"name": "Felt pad", "packs": {"2024-01-01": 16, "2025-01-20": 12, "2025-03-10": 7}},
    "HK-777": {"name": "Wall hook", "packs": {"2024-01-01": 6}},
    "LM-015": {"name": "Lamp base", "packs": {"2024-06-01": 3}},
    "PN-500": {"name": "Pin board", "packs": {"2024-01-01": 8, "2025-02-01": 10}},
}
PRICES = {"BX-104": 5, "CL-220": 9, "FT-031": 7, "HK-777": 31, "LM-015": 44}


def events():
    """Movements in the order of their days: [day, posted, sku, kind, qty, cost, the event that it refers to]."""
    made, stock = [], dict.fromkeys(CATALOGUE, 0)
    for day in range(90):
        for sku in PRICES:
            dice = rng.random()
            pack = max(CATALOGUE[sku]["packs"].items())[1]
            posted = day + rng.choice([0, 0, 0, 0, 1, 3])
            if day < 1 or dice < 0.05:
                cases = rng.randint(2, 5)
                if rng.random() < 0.6:
                    made.append([day, posted, sku, "receive", f"{cases}c", f"{PRICES[sku] + rng.randint(-8, 12) / 4:.2f}", None])
                else:
                    made.append([day, posted, sku, "receive", f"{cases * pack}", f"{PRICES[sku] / pack + rng.randint(1, 40) / 100:.2f}", None])
                stock[sku] += cases * pack
            elif dice < 0.29:
                pieces = rng.randint(2, 2 * pack)
                made.append([day, posted, sku, "issue", f"{pieces}", "", None])
                stock[sku] -= pieces
                if rng.random() < 0.35:
                    later = day + rng.randint(1, 9)
                    made.append([later, max(later, posted) + rng.choice([0, 2]), sku, "return", f"{rng.randint(1, max(1, pieces // 3))}", "", made[-1]])
                elif rng.random() < 0.2:
                    later = day + rng.randint(1, 25)
                    made.append([later, max(later, posted), sku, "void", "", "", made[-1]])
            elif dice < 0.31 and stock[sku] > 0:
                made.append([day, posted, sku, "count", f"{max(0, stock[sku] + rng.randint(-5, 2))}", "", None])
    bought = [3, 3, "PN-500", "receive", "5c", "9.00", None]
    sold = [29, 30, "PN-500", "issue", "9", "", None]
    back = [40, 40, "PN-500", "return", "1", "", sold]
    again = [70, 71, "PN-500", "issue", "13", "", None]
    return [*made, bought, sold, back, again]


def movements():
    made = [one for one in events() if one[0] < 90]
    made.sort(key=lambda one: one[1])
    numbers = {id(one): 1001 + place for place, one in enumerate(made)}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["no", "date", "site", "sku", "kind", "qty", "cost", "ref"])
    for one in made:
        day, _, sku, kind, qty, cost, ref = one
        month, day = (1, day + 1) if day < 31 else (2, day - 30) if day < 59 else (3, day - 58)
        north = rng.random() < 0.4
        date = f"{day:02d}.{month:02d}.2025" if north else f"2025-{month:02d}-{day:02d}"
        sku = rng.choice([sku.lower(), sku + " ", sku]) if north else sku
        table.writerow([numbers[id(one)], date, "north" if north else "dock", sku, kind, qty, cost, numbers[id(ref)] if ref else ""])
    return out.getvalue()


# What the sound program says, on hand, value, cogs, shrink, short.
JANUARY = {
    "BX-104": (31, "21.70", "31.47", "0.97", 0),
    "CL-220": (28, "13.71", "55.14", "0.00", 0),
    "FT-031": (71, "30.52", "14.73", "0.00", 0),
    "HK-777": (14, "73.50", "301.92", "10.08", 0),
    "LM-015": (31, "458.30", "286.48", "0.00", 0),
    "PN-500": (31, "34.88", "10.13", "0.00", 0),
}
FEBRUARY = {
    "BX-104": (60, "49.61", "24.50", "0.00", 0),
    "CL-220": (124, "38.21", "11.75", "0.00", 0),
    "FT-031": (82, "72.58", "22.64", "0.00", 0),
    "HK-777": (10, "49.17", "154.83", "0.00", 21),
    "LM-015": (5, "70.00", "524.45", "73.85", 2),
    "PN-500": (32, "36.00", "-1.13", "0.00", 0),
}

MAIN = '''"""python3 -m ledger --data DIR --month YYYY-MM prints the closing of that month."""

import argparse
import json
import sys
from pathlib import Path

from ledger.read import BadLine, read_catalogue, read_movements
from ledger.report import closing


def main():
    parser = argparse.ArgumentParser(prog="ledger")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--month", required=True)
    options = parser.parse_args()
    try:
        catalogue = read_catalogue(options.data / "catalogue.json")
        movements = read_movements(options.data / "movements.csv", catalogue)
        report = closing(movements, catalogue, options.month)
    except BadLine as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report, indent=2))
    return 0


sys.exit(main())
'''
INIT = '''"""Stock and its value at the end of a month. The rules are in docs/RULES.md."""
'''
READ = '''"""Reading the catalogue and the movements."""

import csv
import json
from dataclasses import dataclass


class BadLine(Exception):
    """A line that cannot be right."""

    def __init__(self, line, problem):
        super().__init__(f"line {line}: {problem}")


@dataclass(frozen=True)
class Movement:
    line: int
    number: int
    day: str
    sku: str
    kind: str
    pieces: int
    cost: float
    ref: int


def read_catalogue(path):
    return json.loads(path.read_text())


def read_movements(path, catalogue):
    with path.open(newline="") as file:
        return [movement(line, row, catalogue) for line, row in enumerate(csv.DictReader(file), 1)]


def movement(line, row, catalogue):
    item = catalogue.get(row["sku"], {"packs": {}})
    quantity = row["qty"] or "0"
    if quantity.endswith("c"):
        pieces = int(quantity[:-1]) * max(item["packs"].values())
    else:
        pieces = int(quantity)
    return Movement(
        line,
        int(row["no"]),
        row["date"],
        row["sku"],
        row["kind"],
        pieces,
        float(row["cost"] or 0),
        int(row["ref"] or 0),
    )
'''
STOCK = '''"""The stock of one SKU: layers of pieces with their cost, the next to be issued first."""


class Stock:
    def __init__(self):
        self.layers = []  # [pieces, cost of one]

    def receive(self, pieces, cost):
        self.layers.append([pieces, cost])

    def issue(self, pieces):
        """Take the oldest pieces; gives their cost."""
        cost = 0.0
        while pieces:
            layer = self.layers[0]
            part = min(pieces, layer[0])
            cost += round(part * layer[1], 2)
            layer[0] -= part
            pieces -= part
            if not layer[0]:
                self.layers.pop(0)
        return cost

    def give_back(self, pieces):
        cost = self.layers[-1][1]
        self.layers.append([pieces, cost])
        return round(pieces * cost, 2)

    def on_hand(self):
        return sum(pieces for pieces, _ in self.layers)

    def value(self):
        return sum(round(pieces * cost, 2) for pieces, cost in self.layers)
'''
REPORT = '''"""The closing of a month."""

from ledger.stock import Stock


def closing(movements, catalogue, month):
    stocks = {sku: Stock() for sku in sorted(catalogue)}
    cogs = dict.fromkeys(stocks, 0.0)
    for one in sorted(movements, key=lambda one: one.number):
        if one.day > f"{month}-31" or one.sku not in stocks:
            continue
        stock = stocks[one.sku]
        cost = 0.0
        if one.kind == "receive":
            stock.receive(one.pieces, one.cost)
        elif one.kind == "issue":
            cost = stock.issue(one.pieces)
        elif one.kind == "return":
            cost = -stock.give_back(one.pieces)
        elif one.kind == "void":
            pass  # TODO
        if one.day.startswith(month):
            cogs[one.sku] += cost
    items = {
        sku: {
            "on_hand": stock.on_hand(),
            "value": f"{stock.value():.2f}",
            "cogs": f"{cogs[sku]:.2f}",
            "shrink": "0.00",
            "short": 0,
        }
        for sku, stock in stocks.items()
    }
    return {"month": month, "items": items}
'''
TESTS = '''import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HEADER = "no,date,site,sku,kind,qty,cost,ref"
CATALOGUE = {"A-1": {"name": "a", "packs": {"2024-01-01": 4}}}


def run(*rows, month="2025-01"):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "catalogue.json").write_text(json.dumps(CATALOGUE))
        (Path(folder) / "movements.csv").write_text("\\n".join([HEADER, *rows]) + "\\n")
        command = [sys.executable, "-m", "ledger", "--data", folder, "--month", month]
        done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout)["items"]["A-1"] if done.returncode == 0 else done


class Ledger(unittest.TestCase):
    def test_first_in_first_out(self):
        item = run("1,2025-01-02,dock,A-1,receive,3,1.00,", "2,2025-01-03,dock,A-1,receive,3,2.00,",
                   "3,2025-01-04,dock,A-1,issue,4,,")
        self.assertEqual((item["on_hand"], item["value"], item["cogs"]), (2, "4.00", "5.00"))

    def test_cases(self):
        item = run("1,2025-01-02,dock,A-1,receive,2c,6.00,")
        self.assertEqual((item["on_hand"], item["value"]), (8, "12.00"))

    def test_posted_late(self):
        item = run("1,2025-01-05,dock,A-1,receive,3,2.00,", "2,2025-01-02,dock,A-1,receive,3,1.00,",
                   "3,2025-01-06,dock,A-1,issue,3,,")
        self.assertEqual(item["cogs"], "3.00")

    def test_void(self):
        item = run("1,2025-01-02,dock,A-1,receive,3,1.00,", "2,2025-01-03,dock,A-1,issue,2,,",
                   "3,2025-01-04,dock,A-1,void,,,2")
        self.assertEqual((item["on_hand"], item["cogs"]), (3, "0.00"))

    def test_unknown_sku(self):
        done = run("1,2025-01-02,dock,A-1,receive,3,1.00,", "2,2025-01-03,dock,A-9,issue,2,,")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertTrue(done.stderr.startswith("line 3: "))


if __name__ == "__main__":
    unittest.main()
'''
RULES = """# Rules of the ledger

`data/movements.csv` is the journal. Both sites write into it; nothing in it is ever changed or
deleted. `no` is the number of the posting. Things are often posted some days after they happened:
what counts is the order of the dates, and within a day that of the numbers.

- The scanners of the north site write dates as DD.MM.YYYY and SKUs in either case and with
  stray blanks; they mean the same SKUs as the catalogue's.
- `qty` is a number of pieces, or of cases with a `c` behind it. How many pieces a case has, the
  catalogue says: each size holds from its date on, until the next. `cost` is that of one piece,
  or of one case where the quantity is in cases.

| kind | meaning |
|---|---|
| receive | goods come in, at `cost` |
| issue | goods are sold. The pieces that came in first leave first. What is not there cannot be sold: the missing pieces are `short` |
| return | pieces of the issue `ref` come back, at what they had cost. The pieces that this issue took last come back first. They are the next to be sold again, in the order in which they once left |
| count | a stock-take found `qty` pieces. Missing pieces leave the stock like sold ones, but as `shrink`. Surplus pieces come in at the piece cost of the latest receipt before the count (0 if there was none) |
| void | the movement `ref` never happened, and a return of it did not either. A void can be voided, and the movement stands again |

A void is known from its own date on: the closing of a month goes by the movements dated in that
month or before, so a signed closing never changes.

The closing of a month has, for every SKU of the catalogue, the pieces `on_hand` and their `value`
at the end of the month, and the month's own `cogs` (cost of what was sold less that of what came
back), `shrink` (cost) and `short` (pieces). Amounts are exact until they are printed. Accounting
rounds them to cents; how it treats half a cent can be seen in the closings that it has signed,
`closing/*.json`.

A line with an unknown SKU or kind, a return or void of a number that is not there, and a return of
more pieces than the issue still has out, are errors: nothing is printed but `line N: ...` on the
standard error, N being the line of the file (the header is line 1), and the exit status is 2.
"""


def write(path, text):
    (APP / path).parent.mkdir(parents=True, exist_ok=True)
    (APP / path).write_text(text)


def signed(month, rows):
    keys = ("on_hand", "value", "cogs", "shrink", "short")
    items = {sku: dict(zip(keys, row)) for sku, row in rows.items()}
    write(f"closing/{month}.json", json.dumps({"month": month, "items": items}, indent=2) + "\n")


write("ledger/__init__.py", INIT)
write("ledger/__main__.py", MAIN)
write("ledger/read.py", READ)
write("ledger/stock.py", STOCK)
write("ledger/report.py", REPORT)
write("tests/__init__.py", "")
write("tests/test_ledger.py", TESTS)
write("docs/RULES.md", RULES)
write("data/catalogue.json", json.dumps(CATALOGUE, indent=2) + "\n")
write("data/movements.csv", movements())
signed("2025-01", JANUARY)
signed("2025-02", FEBRUARY)
