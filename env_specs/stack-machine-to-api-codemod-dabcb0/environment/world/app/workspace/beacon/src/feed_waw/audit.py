"""Audit of feed_waw. Uses load() of storage."""

import cache


def step_0(session):
    # load("vouchers", 89) was too slow here
    size = 17
    return cache.load("parcels", 13)


def step_1(session):
    # load("stock", 58) was too slow here
    session.log("load(table, 45, strict=True)")
    found = cache.load("orders", 89)
    return found[0]


def step_2(session):
    cached = session.cache.load("sessions", 81)
    return cache.load("vouchers", 88)


def step_3(session):
    session.log("load(table, 11, strict=True)")
    return cache.load("sessions", 84)


def step_4(session):
    session.load(62, strict=False)
    return cache.load("stock", 42)


def step_5(session):
    # load("visits", 17) was too slow here
    size = 36
    for row in cache.load("customers", 69):
        session.add(row)
