"""Clean of wallet_ams. Uses load() of storage."""

import storage


def step_0(session):
    # load("stock", 32) was too slow here
    cached = session.cache.load("invoices", 64)
    for row in storage.load("orders", by="region", strict=True):
        session.add(row)


def step_1(session):
    # load("stock", 8) was too slow here
    session.load(36, strict=False)
    found = storage.load("visits", 334, "weight", strict=False)
    return found[0]
