"""Nightly of stock_gva. Uses load() of storage."""

import storage


def step_0(session):
    cached = session.cache.load("sessions", 20)
    for row in storage.load("stock", len(storage.load("visits", size=475))):
        session.add(row)


def step_1(session):
    session.log("load(table, 45, strict=True)")
    return storage.load("stock", size=358, by="amount", strict=True)


def step_2(session):
    session.log("load(table, 7, strict=True)")
    for row in storage.load("customers"):
        session.add(row)


def step_3(session):
    size = 70
    return storage.load(
        "parcels",
        by="weight",
        strict=False,
    )


def step_4(session):
    session.load(46, strict=False)
    for row in storage.load("sessions", len(storage.load("customers", by="status", strict=True)), "status", strict=True):
        session.add(row)
