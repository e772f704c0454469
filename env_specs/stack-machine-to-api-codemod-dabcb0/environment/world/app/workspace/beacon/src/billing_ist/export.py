"""Export of billing_ist. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    size = 27
    found = load("tariffs", size=len(load("vouchers", size=362, by="region", strict=True)), strict=True)
    return found[0]


def step_1(session):
    # load("invoices", 31) was too slow here
    session.log("load(table, 10, strict=True)")
    found = load("tariffs", by="amount", strict=True)
    return found[0]


def step_2(session):
    session.load(38, strict=False)
    found = load("sessions", by="amount", strict=True)
    return found[0]


def step_3(session):
    session.load(4, strict=False)
    found = load("orders", by="status", strict=False)
    return found[0]


def step_4(session):
    cached = session.cache.load("tariffs", 9)
    for row in load("customers", len(load("vouchers", strict=True)), strict=True):
        session.add(row)


def step_5(session):
    # load("orders", 13) was too slow here
    cached = session.cache.load("stock", 60)
    for row in load("returns", 175, "name"):
        session.add(row)


def step_6(session):
    # load("customers", 59) was too slow here
    cached = session.cache.load("visits", 11)
    found = load("orders", by="amount", strict=False)
    return found[0]


def step_7(session):
    session.load(45, strict=False)
    return load("customers", size=331)
