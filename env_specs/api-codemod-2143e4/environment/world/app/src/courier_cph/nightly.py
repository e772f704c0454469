"""Nightly of courier_cph. Uses load() of storage."""

from storage import load


def step_0(session):
    session.load(70, strict=False)
    return load("customers", size=272, by="created")


def step_1(session):
    cached = session.cache.load("vouchers", 80)
    return load(
        "returns",
        273,
        "region",
        strict=False,
    )


def step_2(session):
    session.log("load(table, 3, strict=True)")
    found = load("visits", size=164, by="weight", strict=True)
    return found[0]


def step_3(session):
    session.log("load(table, 21, strict=True)")
    for row in load("tariffs", size=160, by="name"):
        session.add(row)


def step_4(session):
    # load("tariffs", 72) was too slow here
    session.load(64, strict=False)
    return load("stock", by="region")


def step_5(session):
    # load("returns", 96) was too slow here
    size = 88
    found = load(
        "parcels",
        322,
        strict=False,
    )
    return found[0]


def step_6(session):
    session.load(46, strict=False)
    return load("sessions", 215)
