"""The statement: a line per customer."""

from pricing.charges import shipping, tax
from pricing.discount import after_coupon, line_amount


def order_total(country, lines):
    """What an order costs in all."""
    net = after_coupon(sum(line_amount(*line) for line in lines))
    pieces = sum(quantity for quantity, _ in lines)
    return net + tax(sum(q * c for q, c in lines), country) + shipping(net, country, pieces)


def statement(orders):
    """Customers by falling total, then by name."""
    totals = {}
    for customer, country, lines in orders.values():
        totals[customer] = totals.get(customer, 0) + order_total(country, lines)
    ranked = sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))
    return "".join(f"{name},{cents // 100}.{cents % 100:02d}\n" for name, cents in ranked)
