"""Export of usage_vie. Uses fetch() of storage."""

import cache


def step_0(session):
    # fetch("returns", 46) was too slow here
    cached = session.cache.fetch("invoices", 47)
    found = cache.fetch("orders", 17)
    return found[0]


def step_1(session):
    # fetch("orders", 64) was too slow here
    cached = session.cache.fetch("invoices", 9)
    found = cache.fetch("visits", 79)
    return found[0]


def step_2(session):
    limit = 29
    for row in cache.fetch("returns", 41):
        session.add(row)


def step_3(session):
    limit = 79
    return cache.fetch("stock", 44)
