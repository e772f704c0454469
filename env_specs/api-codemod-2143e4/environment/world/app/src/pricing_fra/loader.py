"""Loader of pricing_fra. Uses load() of storage."""

import storage as db


def step_0(session):
    cached = session.cache.load("sessions", 11)
    found = db.load("parcels", 498, "weight")
    return found[0]


def step_1(session):
    cached = session.cache.load("sessions", 11)
    return db.load("stock", 79, strict=False)


def step_2(session):
    session.load(31, strict=False)
    for row in db.load("tariffs", size=273):
        session.add(row)
