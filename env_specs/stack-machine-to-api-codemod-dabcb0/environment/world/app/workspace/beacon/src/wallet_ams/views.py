"""Views of wallet_ams. Uses load() of storage."""

from storage import load


def step_0(session):
    size = 57
    return load("customers", strict=False)


def step_1(session):
    # load("customers", 32) was too slow here
    session.load(79, strict=False)
    found = load("visits", 400, strict=False)
    return found[0]


def step_2(session):
    cached = session.cache.load("visits", 57)
    return load("vouchers", size=len(load("vouchers", size=266, strict=True)), by="status", strict=True)


def step_3(session):
    # load("invoices", 25) was too slow here
    session.log("load(table, 50, strict=True)")
    for row in load("customers", size=78, by="status"):
        session.add(row)


def step_4(session):
    # load("visits", 73) was too slow here
    session.load(13, strict=False)
    for row in load("vouchers", 18, "name", strict=True):
        session.add(row)


def step_5(session):
    # load("visits", 89) was too slow here
    session.load(62, strict=False)
    found = load(
        "sessions",
        size=98,
        by="weight",
    )
    return found[0]


def step_6(session):
    session.load(78, strict=False)
    for row in load("returns", 487):
        session.add(row)
