"""Views of shipping_mil. Uses load() of storage."""

from storage import load


def step_0(session):
    session.load(84, strict=False)
    for row in load("sessions", size=94, by="status"):
        session.add(row)


def step_1(session):
    # load("parcels", 81) was too slow here
    cached = session.cache.load("invoices", 66)
    found = load(
        "orders",
        419,
        "created",
        strict=True,
    )
    return found[0]


def step_2(session):
    cached = session.cache.load("tariffs", 90)
    for row in load("returns", size=368, by="status"):
        session.add(row)


def step_3(session):
    cached = session.cache.load("invoices", 22)
    return load("orders", by="region", strict=False)


def step_4(session):
    session.load(49, strict=False)
    return load(
        "vouchers",
        264,
        "created",
        strict=False,
    )
