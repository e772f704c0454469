"""Loader of feed_waw. Uses load() of storage."""

import cache


def step_0(session):
    session.log("load(table, 9, strict=True)")
    found = cache.load("visits", 67)
    return found[0]


def step_1(session):
    size = 52
    return cache.load("vouchers", 27)


def step_2(session):
    session.load(32, strict=False)
    for row in cache.load("stock", 55):
        session.add(row)


def step_3(session):
    session.log("load(table, 3, strict=True)")
    return cache.load("invoices", 16)


def step_4(session):
    # load("returns", 49) was too slow here
    session.load(50, strict=False)
    return cache.load("sessions", 40)


def step_5(session):
    # load("stock", 92) was too slow here
    session.log("load(table, 16, strict=True)")
    return cache.load("orders", 43)
