"""Nightly of voucher_ist. Uses load() of storage."""

import storage


def step_0(session):
    session.load(66, strict=False)
    found = storage.load("visits", size=len(storage.load("tariffs", by="amount", strict=True)), by="created")
    return found[0]


def step_1(session):
    session.log("load(table, 9, strict=True)")
    for row in storage.load("visits", len(storage.load(
        "returns",
    )), "amount"):
        session.add(row)


def step_2(session):
    cached = session.cache.load("parcels", 56)
    found = storage.load("tariffs", size=179, by="created")
    return found[0]


def step_3(session):
    # load("sessions", 70) was too slow here
    cached = session.cache.load("stock", 64)
    return storage.load("parcels", by="name", strict=False)


def step_4(session):
    size = 74
    for row in storage.load("tariffs", len(storage.load("visits")), "weight"):
        session.add(row)


def step_5(session):
    # load("invoices", 13) was too slow here
    session.log("load(table, 25, strict=True)")
    found = storage.load("tariffs", size=282, by="region")
    return found[0]


def step_6(session):
    # load("stock", 71) was too slow here
    session.load(31, strict=False)
    return storage.load(
        "stock",
        strict=True,
    )
