#!/bin/bash
ls -R . && cat docs/RULES.md
tail -n +1 ledger/*.py
head -12 data/movements.csv; cut -d, -f5 data/movements.csv | sort | uniq -c; cat data/catalogue.json
cat tests/test_ledger.py
python3 -m unittest discover -s tests -t . 2>&1 | tail -40
python3 -m ledger --month 2025-01 2>&1 | tail -3
cat closing/2025-01.json closing/2025-02.json
cat > ledger/read.py <<'PY'
"""Reading the catalogue and the movements."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

KINDS = ("receive", "issue", "return", "count", "void")


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
    cost: Fraction
    ref: int


def read_catalogue(path):
    return json.loads(path.read_text())


def read_movements(path, catalogue):
    with path.open(newline="") as file:
        return [movement(line, row, catalogue) for line, row in enumerate(csv.DictReader(file), 2)]


def movement(line, row, catalogue):
    day, sku = iso(row["date"]), row["sku"].strip().upper()
    if sku not in catalogue:
        raise BadLine(line, f"unknown SKU {sku}")
    if row["kind"] not in KINDS:
        raise BadLine(line, f"unknown kind {row['kind']}")
    quantity = row["qty"] or "0"
    factor = 1
    if quantity.endswith("c"):
        quantity, factor = quantity[:-1], pack(catalogue[sku], day)
    cost = Fraction(row["cost"] or 0) / factor
    return Movement(line, int(row["no"]), day, sku, row["kind"], int(quantity) * factor, cost, int(row["ref"] or 0))


def iso(text):
    form = "%d.%m.%Y" if "." in text else "%Y-%m-%d"
    return datetime.strptime(text.strip(), form).date().isoformat()


def pack(item, day):
    return item["packs"][max(start for start in item["packs"] if start <= day)]
PY
cat > ledger/stock.py <<'PY'
"""The stock of one SKU: layers of pieces with their cost, the next to be issued first."""

from ledger.read import BadLine


class Stock:
    def __init__(self):
        self.layers = []  # [pieces, cost of one]
        self.out = {}  # what each issue took, by its number
        self.latest = 0  # the cost of a piece of the latest receipt

    def receive(self, pieces, cost):
        self.layers.append([pieces, cost])
        self.latest = cost

    def take(self, pieces):
        """Take the oldest pieces; gives what was taken, and how many pieces were missing."""
        taken = []
        while pieces and self.layers:
            layer = self.layers[0]
            part = min(pieces, layer[0])
            taken.append([part, layer[1]])
            layer[0] -= part
            pieces -= part
            if not layer[0]:
                self.layers.pop(0)
        return taken, pieces

    def issue(self, number, pieces):
        taken, short = self.take(pieces)
        self.out[number] = taken
        return worth(taken), short

    def give_back(self, movement):
        """Pieces of an issue come back: those that it took last, and in front of all others."""
        taken = self.out.get(movement.ref)
        if taken is None or sum(part for part, _ in taken) < movement.pieces:
            raise BadLine(movement.line, "no such pieces are out")
        left, back = movement.pieces, []
        while left:
            part = min(left, taken[-1][0])
            back.insert(0, [part, taken[-1][1]])
            taken[-1][0] -= part
            left -= part
            if not taken[-1][0]:
                taken.pop()
        self.layers[:0] = [list(one) for one in back]
        return worth(back)

    def count(self, pieces):
        """A stock-take; gives what the missing pieces cost."""
        surplus = pieces - self.on_hand()
        if surplus > 0:
            self.layers.append([surplus, self.latest])
        taken, _ = self.take(max(-surplus, 0))
        return worth(taken)

    def on_hand(self):
        return sum(pieces for pieces, _ in self.layers)

    def value(self):
        return worth(self.layers)


def worth(layers):
    return sum(pieces * cost for pieces, cost in layers)
PY
cat > ledger/report.py <<'PY'
"""The closing of a month."""

from fractions import Fraction

from ledger.read import BadLine
from ledger.stock import Stock


def closing(movements, catalogue, month):
    stocks = {sku: Stock() for sku in sorted(catalogue)}
    sums = {sku: {"cogs": Fraction(0), "shrink": Fraction(0), "short": 0} for sku in stocks}
    for one in standing([one for one in movements if one.day[:7] <= month]):
        stock, total = stocks[one.sku], sums[one.sku]
        cogs, shrink, short = Fraction(0), Fraction(0), 0
        if one.kind == "receive":
            stock.receive(one.pieces, one.cost)
        elif one.kind == "issue":
            cogs, short = stock.issue(one.number, one.pieces)
        elif one.kind == "return":
            cogs = -stock.give_back(one)
        elif one.kind == "count":
            shrink = stock.count(one.pieces)
        if one.day[:7] == month:
            total["cogs"] += cogs
            total["shrink"] += shrink
            total["short"] += short
    items = {
        sku: {
            "on_hand": stock.on_hand(),
            "value": money(stock.value()),
            "cogs": money(sums[sku]["cogs"]),
            "shrink": money(sums[sku]["shrink"]),
            "short": sums[sku]["short"],
        }
        for sku, stock in stocks.items()
    }
    return {"month": month, "items": items}


def standing(movements):
    """The movements that are not cancelled, in the order of their days."""
    numbers = {one.number: one for one in movements}
    cancelled = set()
    for one in sorted(movements, key=lambda one: -one.number):
        if one.kind in ("void", "return") and one.ref not in numbers:
            raise BadLine(one.line, f"refers to {one.ref}, which is not there")
        if one.kind == "void" and one.number not in cancelled:
            cancelled.add(one.ref)
    kept = [one for one in movements if one.number not in cancelled and one.kind != "void"]
    kept = [one for one in kept if one.kind != "return" or one.ref not in cancelled]
    return sorted(kept, key=lambda one: (one.day, one.number))


def money(amount):
    """Two decimals, half a cent away from zero."""
    cents = abs(Fraction(amount)) * 100
    whole = int(cents + Fraction(1, 2))
    sign = "-" if amount < 0 and whole else ""
    return f"{sign}{whole // 100}.{whole % 100:02d}"
PY
python3 -m unittest discover -s tests -t .
for month in 2025-01 2025-02; do python3 -m ledger --month $month | diff closing/$month.json - && echo "$month agrees"; done
python3 -m ledger --month 2025-03 > closing/2025-03.json && cat closing/2025-03.json
