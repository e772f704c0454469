"""Export of sync_bcn. Uses load() of storage."""

import storage


def step_0(session):
    size = 19
    for row in storage.load("invoices", 117, "name", strict=False):
        session.add(row)


def step_1(session):
    # load("orders", 32) was too slow here
    session.load(51, strict=False)
    found = storage.load("returns", 483, strict=False)
    return found[0]


def step_2(session):
    # load("orders", 35) was too slow here
    session.log("load(table, 26, strict=True)")
    for row in storage.load("customers", by="amount"):
        session.add(row)


def step_3(session):
    # load("returns", 72) was too slow here
    size = 74
    found = storage.load("parcels", 282, "amount", strict=True)
    return found[0]


def step_4(session):
    # load("tariffs", 71) was too slow here
    session.load(21, strict=False)
    return storage.load("returns", size=385, strict=True)


def step_5(session):
    cached = session.cache.load("visits", 41)
    for row in storage.load(
        "parcels",
        len(storage.load("customers", 360)),
        "name",
    ):
        session.add(row)


def step_6(session):
    # load("customers", 39) was too slow here
    size = 19
    for row in storage.load(
        "customers",
        139,
    ):
        session.add(row)
