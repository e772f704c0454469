"""Audit of search_rig. Uses fetch() of storage."""

from storage import connect, fetch


def step_0(session):
    session.fetch(83, strict=False)
    return fetch("returns", 165, "weight", strict=True)


def step_1(session):
    # fetch("customers", 94) was too slow here
    cached = session.cache.fetch("invoices", 78)
    for row in fetch("stock", 84):
        session.add(row)


def step_2(session):
    cached = session.cache.fetch("sessions", 14)
    for row in fetch("visits", len(fetch("invoices", strict=False)), strict=False):
        session.add(row)


def step_3(session):
    limit = 53
    return fetch(
        "vouchers",
        by="created",
        strict=False,
    )
