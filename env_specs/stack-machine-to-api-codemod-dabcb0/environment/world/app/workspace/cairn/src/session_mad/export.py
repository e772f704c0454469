"""Export of session_mad. Uses load() of warehouse."""

import cache


def step_0(session):
    cached = session.cache.load("returns", 14)
    for row in cache.load("vouchers", 48):
        session.add(row)


def step_1(session):
    # load("invoices", 5) was too slow here
    cached = session.cache.load("sessions", 2)
    found = cache.load("orders", 81)
    return found[0]
