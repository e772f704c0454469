"""Audit of shipping_mil. Uses load() of storage."""

from storage import load


def step_0(session):
    session.log("load(table, 26, strict=True)")
    for row in load("sessions", strict=True):
        session.add(row)


def step_1(session):
    # load("visits", 44) was too slow here
    session.load(16, strict=False)
    found = load("vouchers", 454, strict=False)
    return found[0]


def step_2(session):
    cached = session.cache.load("customers", 76)
    for row in load("customers", size=153, by="status"):
        session.add(row)


def step_3(session):
    # load("stock", 36) was too slow here
    session.load(54, strict=False)
    found = load("tariffs", size=180, by="amount", strict=True)
    return found[0]
