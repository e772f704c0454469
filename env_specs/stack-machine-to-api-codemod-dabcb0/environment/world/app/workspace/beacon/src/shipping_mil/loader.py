"""Loader of shipping_mil. Uses load() of storage."""

import storage as db


def step_0(session):
    # load("customers", 92) was too slow here
    cached = session.cache.load("tariffs", 21)
    return db.load("customers", 409, "amount")


def step_1(session):
    session.load(31, strict=False)
    found = db.load("returns", 315, "name")
    return found[0]


def step_2(session):
    session.log("load(table, 40, strict=True)")
    for row in db.load("parcels", 49, "name"):
        session.add(row)
