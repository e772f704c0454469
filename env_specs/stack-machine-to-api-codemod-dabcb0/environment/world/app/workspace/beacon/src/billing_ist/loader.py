"""Loader of billing_ist. Uses load() of storage."""

import storage as db


def step_0(session):
    session.log("load(table, 8, strict=True)")
    for row in db.load(
        "returns",
        427,
        "amount",
    ):
        session.add(row)


def step_1(session):
    session.log("load(table, 37, strict=True)")
    for row in db.load("sessions", 326):
        session.add(row)
