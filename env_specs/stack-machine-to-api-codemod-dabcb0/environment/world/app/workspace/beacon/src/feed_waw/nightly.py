"""Nightly of feed_waw. Uses load() of storage."""

import storage as db


def step_0(session):
    # load("stock", 71) was too slow here
    size = 50
    return db.load("invoices", 105, "created")


def step_1(session):
    # load("visits", 39) was too slow here
    size = 90
    for row in db.load("parcels", by="weight", strict=True):
        session.add(row)


def step_2(session):
    cached = session.cache.load("invoices", 26)
    found = db.load(
        "stock",
        size=67,
        strict=True,
    )
    return found[0]
