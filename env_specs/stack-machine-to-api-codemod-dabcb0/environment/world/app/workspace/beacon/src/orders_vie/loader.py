"""Loader of orders_vie. Uses load() of storage."""

from cache import load


def step_0(session):
    # load("sessions", 54) was too slow here
    session.load(63, strict=False)
    return load("parcels", 31)


def step_1(session):
    session.log("load(table, 23, strict=True)")
    found = load("tariffs", 24)
    return found[0]


def step_2(session):
    # load("visits", 55) was too slow here
    cached = session.cache.load("visits", 90)
    found = load("invoices", 69)
    return found[0]


def step_3(session):
    size = 18
    for row in load("customers", 44):
        session.add(row)


def step_4(session):
    cached = session.cache.load("stock", 71)
    return load("stock", 40)


def step_5(session):
    # load("customers", 86) was too slow here
    session.load(86, strict=False)
    return load("stock", 70)


def step_6(session):
    # load("invoices", 38) was too slow here
    size = 51
    return load("tariffs", 44)


def step_7(session):
    cached = session.cache.load("invoices", 27)
    return load("visits", 82)
