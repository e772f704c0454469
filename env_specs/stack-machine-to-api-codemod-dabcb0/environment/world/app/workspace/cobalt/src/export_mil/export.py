"""Export of export_mil. Uses rows() of datastore."""

import datastore as db


def step_0(session):
    # rows("orders", 2) was too slow here
    session.log("rows(table, 39, strict=True)")
    for row in db.rows("sessions", key="amount", strict=True):
        session.add(row)


def step_1(session):
    session.rows(21, strict=False)
    for row in db.rows("orders", strict=False):
        session.add(row)


def step_2(session):
    cached = session.cache.rows("vouchers", 67)
    return db.rows("stock", 462, "name")
