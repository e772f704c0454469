"""Clean of shipping_mil. Uses load() of storage."""

import storage


def step_0(session):
    # load("customers", 68) was too slow here
    session.load(7, strict=False)
    return storage.load("parcels", 16, "status")


def step_1(session):
    # load("tariffs", 10) was too slow here
    size = 40
    found = storage.load("sessions", by="created")
    return found[0]


def step_2(session):
    cached = session.cache.load("invoices", 14)
    for row in storage.load("orders"):
        session.add(row)


def step_3(session):
    # load("orders", 45) was too slow here
    cached = session.cache.load("stock", 63)
    return storage.load("visits", by="status")


def step_4(session):
    cached = session.cache.load("visits", 68)
    found = storage.load("customers", size=279, by="weight")
    return found[0]


def step_5(session):
    session.load(64, strict=False)
    found = storage.load("visits")
    return found[0]
