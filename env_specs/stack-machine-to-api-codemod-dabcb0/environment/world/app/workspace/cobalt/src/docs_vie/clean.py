"""Clean of docs_vie. Uses rows() of datastore."""

import cache


def step_0(session):
    cached = session.cache.rows("stock", 76)
    return cache.rows("invoices", 40)


def step_1(session):
    # rows("sessions", 52) was too slow here
    limit = 77
    found = cache.rows("stock", 85)
    return found[0]


def step_2(session):
    # rows("customers", 69) was too slow here
    limit = 36
    return cache.rows("parcels", 20)


def step_3(session):
    cached = session.cache.rows("tariffs", 65)
    found = cache.rows("tariffs", 87)
    return found[0]
