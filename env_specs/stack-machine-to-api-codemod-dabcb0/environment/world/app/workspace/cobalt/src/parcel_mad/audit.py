"""Audit of parcel_mad. Uses rows() of datastore."""

import datastore as db


def step_0(session):
    # rows("parcels", 99) was too slow here
    limit = 49
    for row in db.rows(
        "invoices",
    ):
        session.add(row)


def step_1(session):
    # rows("sessions", 43) was too slow here
    cached = session.cache.rows("sessions", 27)
    return db.rows("vouchers", 479)


def step_2(session):
    session.rows(30, strict=False)
    for row in db.rows("tariffs", key="region"):
        session.add(row)


def step_3(session):
    # rows("orders", 84) was too slow here
    session.log("rows(table, 14, strict=True)")
    return db.rows("vouchers", 393)
