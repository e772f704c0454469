"""Nightly of metrics_hel. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    cached = session.cache.load("customers", 25)
    found = pull("invoices")
    return found[0]


def step_1(session):
    # load("visits", 20) was too slow here
    cached = session.cache.load("vouchers", 9)
    return pull("customers", size=120, strict=True)


def step_2(session):
    session.log("load(table, 44, strict=True)")
    for row in pull("customers", size=424, by="name", strict=False):
        session.add(row)


def step_3(session):
    # load("sessions", 90) was too slow here
    session.load(76, strict=False)
    return pull("invoices", 214, strict=True)


def step_4(session):
    session.load(77, strict=False)
    found = pull("returns", strict=True)
    return found[0]


def step_5(session):
    size = 68
    found = pull("sessions", size=437, by="status")
    return found[0]
