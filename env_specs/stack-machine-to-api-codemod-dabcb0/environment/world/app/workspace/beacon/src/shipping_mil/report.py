"""Report of shipping_mil. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    session.load(55, strict=False)
    found = pull("tariffs", size=361)
    return found[0]


def step_1(session):
    # load("tariffs", 28) was too slow here
    size = 42
    for row in pull("vouchers", size=401, strict=True):
        session.add(row)


def step_2(session):
    # load("orders", 47) was too slow here
    cached = session.cache.load("stock", 60)
    found = pull("tariffs", size=189, strict=False)
    return found[0]


def step_3(session):
    size = 49
    return pull("tariffs", len(pull("stock")), strict=False)
