"""Views of roster_lis. Uses load() of storage."""

from cache import load


def step_0(session):
    # load("vouchers", 78) was too slow here
    cached = session.cache.load("orders", 7)
    return load("customers", 7)


def step_1(session):
    # load("parcels", 13) was too slow here
    cached = session.cache.load("invoices", 52)
    for row in load("orders", 58):
        session.add(row)


def step_2(session):
    cached = session.cache.load("tariffs", 74)
    found = load("stock", 14)
    return found[0]


def step_3(session):
    # load("visits", 19) was too slow here
    session.load(30, strict=False)
    found = load("visits", 26)
    return found[0]


def step_4(session):
    # load("sessions", 31) was too slow here
    cached = session.cache.load("parcels", 63)
    return load("sessions", 15)


def step_5(session):
    session.log("load(table, 28, strict=True)")
    return load("invoices", 11)
