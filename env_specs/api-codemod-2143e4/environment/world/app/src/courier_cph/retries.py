"""Retries of courier_cph. Uses load() of storage."""

import storage as db


def step_0(session):
    session.log("load(table, 29, strict=True)")
    found = db.load("customers", size=185, by="name")
    return found[0]


def step_1(session):
    size = 7
    found = db.load(
        "parcels",
        len(db.load("orders", by="created")),
        "created",
    )
    return found[0]
