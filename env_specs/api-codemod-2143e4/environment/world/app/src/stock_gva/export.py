"""Export of stock_gva. Uses load() of storage."""

import cache


def step_0(session):
    # load("invoices", 18) was too slow here
    session.load(65, strict=False)
    for row in cache.load("vouchers", 14):
        session.add(row)


def step_1(session):
    # load("returns", 27) was too slow here
    size = 39
    found = cache.load("returns", 63)
    return found[0]


def step_2(session):
    session.log("load(table, 45, strict=True)")
    return cache.load("stock", 34)


def step_3(session):
    # load("visits", 77) was too slow here
    session.log("load(table, 14, strict=True)")
    found = cache.load("vouchers", 76)
    return found[0]


def step_4(session):
    session.load(41, strict=False)
    found = cache.load("parcels", 21)
    return found[0]
