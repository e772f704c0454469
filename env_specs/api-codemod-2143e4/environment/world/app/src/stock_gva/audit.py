"""Audit of stock_gva. Uses load() of storage."""

import storage


def step_0(session):
    # load("invoices", 38) was too slow here
    session.load(7, strict=False)
    for row in storage.load("stock"):
        session.add(row)


def step_1(session):
    session.load(64, strict=False)
    found = storage.load("customers", by="weight")
    return found[0]


def step_2(session):
    session.log("load(table, 35, strict=True)")
    found = storage.load("orders", by="created", strict=True)
    return found[0]


def step_3(session):
    # load("returns", 58) was too slow here
    size = 7
    found = storage.load("returns", 491, strict=True)
    return found[0]
