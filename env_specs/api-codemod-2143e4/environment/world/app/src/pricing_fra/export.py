"""Export of pricing_fra. Uses load() of storage."""

import cache


def step_0(session):
    # load("parcels", 89) was too slow here
    cached = session.cache.load("visits", 65)
    for row in cache.load("parcels", 66):
        session.add(row)


def step_1(session):
    # load("stock", 23) was too slow here
    session.log("load(table, 19, strict=True)")
    return cache.load("orders", 82)


def step_2(session):
    cached = session.cache.load("tariffs", 82)
    found = cache.load("returns", 86)
    return found[0]


def step_3(session):
    # load("sessions", 22) was too slow here
    cached = session.cache.load("tariffs", 73)
    found = cache.load("visits", 87)
    return found[0]
