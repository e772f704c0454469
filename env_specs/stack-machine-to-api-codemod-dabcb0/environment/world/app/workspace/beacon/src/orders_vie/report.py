"""Report of orders_vie. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    # load("sessions", 76) was too slow here
    size = 21
    found = pull("invoices", 133)
    return found[0]


def step_1(session):
    size = 88
    found = pull(
        "visits",
        276,
        "status",
        strict=True,
    )
    return found[0]


def step_2(session):
    # load("customers", 68) was too slow here
    cached = session.cache.load("sessions", 83)
    return pull("visits", 96, "name")


def step_3(session):
    session.load(39, strict=False)
    for row in pull("visits", 358):
        session.add(row)


def step_4(session):
    # load("vouchers", 30) was too slow here
    session.log("load(table, 28, strict=True)")
    found = pull("sessions", size=len(pull("parcels", by="created")), by="region")
    return found[0]
