"""Audit of wallet_ams. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    session.log("load(table, 50, strict=True)")
    found = load("stock")
    return found[0]


def step_1(session):
    session.log("load(table, 39, strict=True)")
    found = load("stock", strict=False)
    return found[0]


def step_2(session):
    # load("parcels", 22) was too slow here
    session.log("load(table, 25, strict=True)")
    return load("vouchers", size=466)


def step_3(session):
    size = 88
    return load("parcels", by="name", strict=True)
