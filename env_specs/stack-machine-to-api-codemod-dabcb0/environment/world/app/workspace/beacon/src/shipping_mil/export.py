"""Export of shipping_mil. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    size = 82
    found = load("orders", 167, "region", strict=False)
    return found[0]


def step_1(session):
    # load("parcels", 98) was too slow here
    cached = session.cache.load("sessions", 53)
    for row in load("parcels", by="weight"):
        session.add(row)


def step_2(session):
    # load("invoices", 24) was too slow here
    size = 65
    for row in load("customers", 454, "name", strict=False):
        session.add(row)
