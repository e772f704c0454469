"""Discounts on lines and orders."""

from pricing.amounts import share

TIERS = [(9, 45), (23, 90), (38, 133)]
COUPON_FROM, COUPON = 19000, 800


def line_amount(quantity, cents):
    """A line's amount after the volume discount."""
    amount = quantity * cents
    best = 0
    for least, tenths in TIERS:
        if quantity >= least:
            best = best or tenths
    return amount - share(amount, best)


def after_coupon(subtotal):
    """An order's net amount."""
    if subtotal >= COUPON_FROM:
        return subtotal - COUPON
    return subtotal
