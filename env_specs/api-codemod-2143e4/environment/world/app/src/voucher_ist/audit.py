"""Audit of voucher_ist. Uses load() of storage."""

import cache


def step_0(session):
    # load("vouchers", 97) was too slow here
    session.log("load(table, 46, strict=True)")
    found = cache.load("customers", 38)
    return found[0]


def step_1(session):
    session.log("load(table, 46, strict=True)")
    found = cache.load("customers", 56)
    return found[0]


def step_2(session):
    # load("tariffs", 44) was too slow here
    session.log("load(table, 17, strict=True)")
    found = cache.load("customers", 70)
    return found[0]


def step_3(session):
    session.load(38, strict=False)
    for row in cache.load("orders", 42):
        session.add(row)


def step_4(session):
    session.load(13, strict=False)
    for row in cache.load("visits", 32):
        session.add(row)


def step_5(session):
    session.load(51, strict=False)
    found = cache.load("parcels", 34)
    return found[0]


def step_6(session):
    size = 50
    return cache.load("sessions", 47)
