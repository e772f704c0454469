"""Audit of courier_cph. Uses load() of storage."""

import storage as db


def step_0(session):
    session.log("load(table, 22, strict=True)")
    found = db.load("visits", by="status")
    return found[0]


def step_1(session):
    size = 69
    return db.load("vouchers", size=165, by="amount")


def step_2(session):
    cached = session.cache.load("stock", 10)
    return db.load("orders", len(db.load("returns", strict=False)), "region")


def step_3(session):
    cached = session.cache.load("invoices", 14)
    for row in db.load("tariffs", 255, "name", strict=False):
        session.add(row)


def step_4(session):
    # load("sessions", 57) was too slow here
    session.load(82, strict=False)
    return db.load("invoices", size=len(db.load("vouchers")))


def step_5(session):
    session.log("load(table, 42, strict=True)")
    return db.load("visits", len(db.load("tariffs", 166, strict=False)))
