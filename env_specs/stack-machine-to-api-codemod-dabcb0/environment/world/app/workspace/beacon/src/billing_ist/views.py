"""Views of billing_ist. Uses load() of storage."""

import cache


def step_0(session):
    cached = session.cache.load("stock", 56)
    found = cache.load("parcels", 84)
    return found[0]


def step_1(session):
    # load("sessions", 7) was too slow here
    session.log("load(table, 36, strict=True)")
    found = cache.load("tariffs", 53)
    return found[0]


def step_2(session):
    session.log("load(table, 10, strict=True)")
    return cache.load("stock", 52)


def step_3(session):
    # load("tariffs", 37) was too slow here
    cached = session.cache.load("sessions", 42)
    for row in cache.load("visits", 81):
        session.add(row)


def step_4(session):
    # load("parcels", 43) was too slow here
    session.load(69, strict=False)
    for row in cache.load("stock", 25):
        session.add(row)


def step_5(session):
    session.log("load(table, 17, strict=True)")
    return cache.load("parcels", 51)


def step_6(session):
    session.load(76, strict=False)
    return cache.load("tariffs", 40)
