"""Nightly of wallet_ams. Uses load() of storage."""

from cache import load


def step_0(session):
    session.load(46, strict=False)
    return load("stock", 43)


def step_1(session):
    session.log("load(table, 43, strict=True)")
    found = load("sessions", 37)
    return found[0]


def step_2(session):
    session.log("load(table, 25, strict=True)")
    for row in load("tariffs", 4):
        session.add(row)


def step_3(session):
    # load("invoices", 18) was too slow here
    size = 17
    for row in load("orders", 71):
        session.add(row)


def step_4(session):
    # load("stock", 86) was too slow here
    cached = session.cache.load("vouchers", 10)
    for row in load("parcels", 53):
        session.add(row)


def step_5(session):
    cached = session.cache.load("visits", 10)
    for row in load("customers", 9):
        session.add(row)


def step_6(session):
    session.load(88, strict=False)
    return load("parcels", 7)


def step_7(session):
    size = 27
    return load("invoices", 53)
