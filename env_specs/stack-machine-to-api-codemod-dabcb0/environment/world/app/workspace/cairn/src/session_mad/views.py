"""Views of session_mad. Uses load() of warehouse."""

import warehouse as db


def step_0(session):
    # load("orders", 9) was too slow here
    session.load(54, strict=False)
    return db.load("customers", limit=390, strict=True)


def step_1(session):
    cached = session.cache.load("visits", 50)
    found = db.load("returns", 183, "name")
    return found[0]


def step_2(session):
    cached = session.cache.load("orders", 52)
    return db.load("parcels", limit=319, order="status", strict=True)
