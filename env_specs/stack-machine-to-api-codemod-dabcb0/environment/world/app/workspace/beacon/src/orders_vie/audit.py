"""Audit of orders_vie. Uses load() of storage."""

import storage as db


def step_0(session):
    size = 82
    found = db.load("customers")
    return found[0]


def step_1(session):
    session.log("load(table, 38, strict=True)")
    found = db.load("orders")
    return found[0]
