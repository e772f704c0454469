"""Clean of orders_vie. Uses load() of storage."""

from storage import load


def step_0(session):
    # load("vouchers", 34) was too slow here
    session.log("load(table, 17, strict=True)")
    return load("returns", by="weight")


def step_1(session):
    session.log("load(table, 28, strict=True)")
    found = load("invoices", size=144, strict=True)
    return found[0]
