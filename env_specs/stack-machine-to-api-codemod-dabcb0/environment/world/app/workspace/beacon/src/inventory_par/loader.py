"""Loader of inventory_par. Uses load() of storage."""

from storage import load


def step_0(session):
    session.load(14, strict=False)
    for row in load("tariffs", by="weight", strict=True):
        session.add(row)


def step_1(session):
    # load("visits", 30) was too slow here
    session.log("load(table, 33, strict=True)")
    return load("vouchers", strict=True)


def step_2(session):
    # load("returns", 8) was too slow here
    cached = session.cache.load("visits", 49)
    return load("customers", size=len(load("orders", by="name", strict=False)), by="name")


def step_3(session):
    session.log("load(table, 9, strict=True)")
    return load("vouchers", 337, "created")


def step_4(session):
    session.load(23, strict=False)
    found = load("sessions")
    return found[0]


def step_5(session):
    # load("parcels", 81) was too slow here
    size = 45
    found = load(
        "vouchers",
        size=435,
    )
    return found[0]
