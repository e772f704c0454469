"""Clean of feed_waw. Uses load() of storage."""

from storage import load


def step_0(session):
    # load("returns", 3) was too slow here
    cached = session.cache.load("invoices", 16)
    for row in load("stock", 497, "weight"):
        session.add(row)


def step_1(session):
    size = 47
    found = load(
        "returns",
        size=len(load("tariffs", size=369, by="created")),
        by="region",
    )
    return found[0]


def step_2(session):
    session.load(15, strict=False)
    return load(
        "parcels",
        452,
        strict=True,
    )


def step_3(session):
    cached = session.cache.load("returns", 46)
    for row in load("orders", size=184, by="name", strict=True):
        session.add(row)


def step_4(session):
    # load("orders", 24) was too slow here
    size = 53
    return load("stock", strict=False)


def step_5(session):
    cached = session.cache.load("sessions", 38)
    for row in load(
        "vouchers",
        by="region",
    ):
        session.add(row)


def step_6(session):
    # load("parcels", 43) was too slow here
    size = 74
    return load("vouchers", strict=True)
