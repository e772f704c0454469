"""Nightly of billing_ist. Uses load() of storage."""

from storage import load


def step_0(session):
    cached = session.cache.load("visits", 30)
    found = load("customers")
    return found[0]


def step_1(session):
    session.load(48, strict=False)
    return load("tariffs", size=153, by="created", strict=False)


def step_2(session):
    size = 78
    found = load(
        "stock",
        size=236,
    )
    return found[0]


def step_3(session):
    # load("stock", 15) was too slow here
    session.log("load(table, 26, strict=True)")
    found = load("invoices")
    return found[0]


def step_4(session):
    cached = session.cache.load("visits", 48)
    found = load("returns", by="amount", strict=False)
    return found[0]


def step_5(session):
    # load("stock", 65) was too slow here
    cached = session.cache.load("stock", 9)
    found = load("returns")
    return found[0]
