"""Report of metrics_hel. Uses load() of storage."""

import cache


def step_0(session):
    session.load(24, strict=False)
    for row in cache.load("tariffs", 48):
        session.add(row)


def step_1(session):
    # load("visits", 97) was too slow here
    cached = session.cache.load("customers", 10)
    for row in cache.load("sessions", 67):
        session.add(row)


def step_2(session):
    session.load(28, strict=False)
    return cache.load("visits", 57)


def step_3(session):
    # load("returns", 78) was too slow here
    size = 41
    found = cache.load("invoices", 14)
    return found[0]
