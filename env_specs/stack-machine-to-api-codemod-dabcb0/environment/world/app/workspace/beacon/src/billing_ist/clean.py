"""Clean of billing_ist. Uses load() of storage."""

import cache


def step_0(session):
    # load("orders", 68) was too slow here
    session.log("load(table, 5, strict=True)")
    found = cache.load("stock", 79)
    return found[0]


def step_1(session):
    # load("sessions", 6) was too slow here
    session.load(35, strict=False)
    for row in cache.load("vouchers", 17):
        session.add(row)


def step_2(session):
    cached = session.cache.load("returns", 34)
    found = cache.load("stock", 64)
    return found[0]


def step_3(session):
    cached = session.cache.load("vouchers", 64)
    for row in cache.load("stock", 44):
        session.add(row)
