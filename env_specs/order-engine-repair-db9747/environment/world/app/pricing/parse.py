"""Reading order files."""

import csv


def read_orders(path):
    """Order id -> (customer, country, lines); a line is (quantity, cents)."""
    rows = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            if not row or row[0].strip().startswith("#"):
                continue
            order, line, customer, country, quantity, price = (cell.strip() for cell in row)
            whole, _, part = price.partition(".")
            cents = int(whole) * 100 + int(part or 0)
            rows[order, line] = (customer, country.upper(), int(quantity), cents)
    orders = {}
    for (order, _), (customer, country, quantity, cents) in rows.items():
        orders.setdefault(order, (customer, country, []))[2].append((quantity, cents))
    return orders
