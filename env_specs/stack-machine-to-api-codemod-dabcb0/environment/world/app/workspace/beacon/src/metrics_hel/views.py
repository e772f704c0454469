"""Views of metrics_hel. Uses load() of storage."""

from cache import load


def step_0(session):
    # load("parcels", 87) was too slow here
    size = 80
    found = load("vouchers", 48)
    return found[0]


def step_1(session):
    cached = session.cache.load("orders", 72)
    found = load("tariffs", 40)
    return found[0]


def step_2(session):
    session.log("load(table, 8, strict=True)")
    return load("parcels", 29)


def step_3(session):
    session.log("load(table, 43, strict=True)")
    for row in load("sessions", 33):
        session.add(row)


def step_4(session):
    # load("customers", 3) was too slow here
    cached = session.cache.load("stock", 57)
    for row in load("stock", 85):
        session.add(row)


def step_5(session):
    # load("visits", 24) was too slow here
    cached = session.cache.load("parcels", 5)
    found = load("vouchers", 86)
    return found[0]


def step_6(session):
    cached = session.cache.load("visits", 35)
    found = load("orders", 81)
    return found[0]


def step_7(session):
    # load("visits", 45) was too slow here
    size = 17
    found = load("returns", 16)
    return found[0]
