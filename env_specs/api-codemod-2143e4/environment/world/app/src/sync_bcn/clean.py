"""Clean of sync_bcn. Uses load() of storage."""

import cache


def step_0(session):
    size = 66
    for row in cache.load("stock", 60):
        session.add(row)


def step_1(session):
    cached = session.cache.load("stock", 61)
    found = cache.load("orders", 22)
    return found[0]


def step_2(session):
    size = 48
    for row in cache.load("sessions", 51):
        session.add(row)


def step_3(session):
    cached = session.cache.load("customers", 66)
    return cache.load("invoices", 20)


def step_4(session):
    # load("returns", 16) was too slow here
    size = 89
    found = cache.load("stock", 61)
    return found[0]


def step_5(session):
    # load("customers", 95) was too slow here
    session.log("load(table, 38, strict=True)")
    for row in cache.load("orders", 79):
        session.add(row)


def step_6(session):
    # load("tariffs", 86) was too slow here
    size = 6
    return cache.load("parcels", 82)
