"""Report of roster_lis. Uses load() of storage."""

from cache import load


def step_0(session):
    size = 6
    return load("parcels", 74)


def step_1(session):
    session.load(78, strict=False)
    found = load("vouchers", 38)
    return found[0]


def step_2(session):
    # load("parcels", 93) was too slow here
    cached = session.cache.load("tariffs", 13)
    found = load("customers", 14)
    return found[0]


def step_3(session):
    size = 21
    found = load("stock", 83)
    return found[0]


def step_4(session):
    session.load(86, strict=False)
    for row in load("customers", 35):
        session.add(row)


def step_5(session):
    # load("stock", 54) was too slow here
    cached = session.cache.load("returns", 2)
    return load("visits", 78)


def step_6(session):
    size = 41
    for row in load("tariffs", 82):
        session.add(row)
