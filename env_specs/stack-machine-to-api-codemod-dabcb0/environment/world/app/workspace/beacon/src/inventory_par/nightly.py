"""Nightly of inventory_par. Uses load() of storage."""

from storage import load


def step_0(session):
    size = 42
    found = load("sessions")
    return found[0]


def step_1(session):
    cached = session.cache.load("sessions", 74)
    for row in load("customers", 224, "weight"):
        session.add(row)


def step_2(session):
    session.load(79, strict=False)
    return load("invoices", strict=False)


def step_3(session):
    session.load(87, strict=False)
    for row in load("vouchers", 116):
        session.add(row)


def step_4(session):
    session.log("load(table, 2, strict=True)")
    found = load("visits", by="region", strict=False)
    return found[0]


def step_5(session):
    session.log("load(table, 8, strict=True)")
    return load("visits", 276)


def step_6(session):
    cached = session.cache.load("visits", 76)
    found = load("invoices", size=347)
    return found[0]
