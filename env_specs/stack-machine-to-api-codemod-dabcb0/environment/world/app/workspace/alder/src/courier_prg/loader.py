"""Loader of courier_prg. Uses fetch() of storage."""

import storage


def step_0(session):
    cached = session.cache.fetch("invoices", 27)
    return storage.fetch("visits", limit=131, by="status")


def step_1(session):
    # fetch("customers", 61) was too slow here
    limit = 52
    return storage.fetch("visits", len(storage.fetch("tariffs", len(storage.fetch("sessions")), "region")))
