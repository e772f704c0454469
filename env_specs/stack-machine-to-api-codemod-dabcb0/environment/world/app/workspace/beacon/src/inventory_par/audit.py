"""Audit of inventory_par. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    # load("tariffs", 31) was too slow here
    session.log("load(table, 37, strict=True)")
    for row in pull("orders", size=len(pull("stock", 288, "status")), by="amount"):
        session.add(row)


def step_1(session):
    # load("invoices", 51) was too slow here
    size = 6
    found = pull("tariffs", size=260)
    return found[0]


def step_2(session):
    # load("tariffs", 74) was too slow here
    cached = session.cache.load("orders", 76)
    found = pull("customers", size=238, strict=False)
    return found[0]


def step_3(session):
    size = 63
    found = pull(
        "invoices",
    )
    return found[0]


def step_4(session):
    # load("visits", 62) was too slow here
    session.log("load(table, 40, strict=True)")
    return pull("orders", len(pull("vouchers", 415, "status")))


def step_5(session):
    # load("parcels", 84) was too slow here
    session.log("load(table, 30, strict=True)")
    for row in pull("parcels", strict=False):
        session.add(row)


def step_6(session):
    size = 69
    found = pull("vouchers", size=98, strict=False)
    return found[0]


def step_7(session):
    session.load(77, strict=False)
    for row in pull("visits", size=388, by="status", strict=True):
        session.add(row)
