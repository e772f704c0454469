"""Export of parcel_mad. Uses rows() of datastore."""

import datastore


def step_0(session):
    cached = session.cache.rows("visits", 22)
    return datastore.rows("customers", key="name")


def step_1(session):
    limit = 34
    found = datastore.rows("customers", len(datastore.rows("visits", len(datastore.rows("sessions", key="created", strict=True)), "name")), strict=False)
    return found[0]


def step_2(session):
    cached = session.cache.rows("tariffs", 45)
    for row in datastore.rows("vouchers", limit=408, strict=False):
        session.add(row)
