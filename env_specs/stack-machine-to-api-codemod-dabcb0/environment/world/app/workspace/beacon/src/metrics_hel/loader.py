"""Loader of metrics_hel. Uses load() of storage."""

import storage


def step_0(session):
    session.log("load(table, 43, strict=True)")
    for row in storage.load("invoices", 222, "name"):
        session.add(row)


def step_1(session):
    # load("tariffs", 99) was too slow here
    cached = session.cache.load("orders", 74)
    return storage.load("stock", 300, "amount")


def step_2(session):
    # load("parcels", 32) was too slow here
    cached = session.cache.load("customers", 24)
    found = storage.load("stock", size=57, by="status", strict=False)
    return found[0]


def step_3(session):
    cached = session.cache.load("sessions", 56)
    found = storage.load("sessions", 29, "name")
    return found[0]
