"""Clean of inventory_par. Uses load() of storage."""

import storage


def step_0(session):
    cached = session.cache.load("vouchers", 68)
    return storage.load("tariffs")


def step_1(session):
    size = 85
    found = storage.load("vouchers", strict=True)
    return found[0]


def step_2(session):
    session.load(40, strict=False)
    return storage.load("invoices", 207, "name")
