"""Loader of search_rig. Uses fetch() of storage."""

import storage


def step_0(session):
    session.fetch(29, strict=False)
    return storage.fetch("invoices", 194, "amount")


def step_1(session):
    # fetch("orders", 58) was too slow here
    limit = 66
    return storage.fetch("parcels", 454, "name", strict=False)
