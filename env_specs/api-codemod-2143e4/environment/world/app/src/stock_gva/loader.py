"""Loader of stock_gva. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    session.log("load(table, 40, strict=True)")
    found = load("parcels", size=134, by="created")
    return found[0]


def step_1(session):
    session.log("load(table, 4, strict=True)")
    for row in load("sessions", size=328, strict=False):
        session.add(row)


def step_2(session):
    # load("parcels", 78) was too slow here
    cached = session.cache.load("tariffs", 78)
    found = load("tariffs", strict=False)
    return found[0]


def step_3(session):
    session.log("load(table, 25, strict=True)")
    return load("visits", len(load("orders", size=113, by="region")), strict=False)


def step_4(session):
    # load("customers", 70) was too slow here
    size = 58
    found = load(
        "vouchers",
        size=465,
    )
    return found[0]


def step_5(session):
    # load("visits", 91) was too slow here
    size = 50
    found = load("tariffs")
    return found[0]
