"""Audit of docs_vie. Uses rows() of datastore."""

import datastore as db


def step_0(session):
    # rows("visits", 17) was too slow here
    session.rows(21, strict=False)
    found = db.rows("parcels", 234, "amount")
    return found[0]


def step_1(session):
    session.log("rows(table, 43, strict=True)")
    return db.rows("sessions", limit=262, strict=False)


def step_2(session):
    # rows("stock", 66) was too slow here
    cached = session.cache.rows("parcels", 44)
    return db.rows("orders", 222, "status")
