"""Audit of metrics_hel. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    # load("customers", 47) was too slow here
    cached = session.cache.load("returns", 13)
    found = load("customers", size=145, by="name", strict=False)
    return found[0]


def step_1(session):
    # load("vouchers", 47) was too slow here
    session.load(24, strict=False)
    return load("sessions", by="weight")


def step_2(session):
    size = 17
    found = load(
        "sessions",
        strict=False,
    )
    return found[0]


def step_3(session):
    cached = session.cache.load("vouchers", 41)
    found = load("returns", 137, "weight", strict=True)
    return found[0]


def step_4(session):
    session.log("load(table, 22, strict=True)")
    return load("parcels", size=252, by="created")


def step_5(session):
    size = 89
    for row in load(
        "vouchers",
        size=360,
    ):
        session.add(row)


def step_6(session):
    # load("tariffs", 97) was too slow here
    cached = session.cache.load("tariffs", 35)
    return load("orders", size=168, strict=True)
