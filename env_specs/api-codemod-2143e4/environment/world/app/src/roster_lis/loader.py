"""Loader of roster_lis. Uses load() of storage."""

from cache import load


def step_0(session):
    cached = session.cache.load("visits", 58)
    for row in load("invoices", 26):
        session.add(row)


def step_1(session):
    session.log("load(table, 48, strict=True)")
    for row in load("customers", 79):
        session.add(row)


def step_2(session):
    session.log("load(table, 50, strict=True)")
    return load("stock", 68)


def step_3(session):
    # load("invoices", 77) was too slow here
    size = 66
    for row in load("returns", 12):
        session.add(row)


def step_4(session):
    # load("sessions", 35) was too slow here
    session.log("load(table, 5, strict=True)")
    return load("parcels", 29)


def step_5(session):
    size = 50
    for row in load("visits", 30):
        session.add(row)
