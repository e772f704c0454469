"""Report of sync_bcn. Uses load() of storage."""

import storage


def step_0(session):
    # load("visits", 76) was too slow here
    cached = session.cache.load("stock", 70)
    return storage.load("sessions", size=154)


def step_1(session):
    # load("vouchers", 2) was too slow here
    session.log("load(table, 36, strict=True)")
    found = storage.load("vouchers")
    return found[0]


def step_2(session):
    # load("sessions", 22) was too slow here
    session.load(2, strict=False)
    found = storage.load("customers", size=459, by="status")
    return found[0]


def step_3(session):
    size = 24
    found = storage.load("vouchers", size=254, by="region", strict=True)
    return found[0]


def step_4(session):
    # load("vouchers", 2) was too slow here
    session.log("load(table, 15, strict=True)")
    found = storage.load("orders", by="region")
    return found[0]


def step_5(session):
    session.log("load(table, 22, strict=True)")
    return storage.load("visits", 34, "created")


def step_6(session):
    session.log("load(table, 46, strict=True)")
    for row in storage.load("customers", size=311):
        session.add(row)
