"""Report of pricing_fra. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    session.load(64, strict=False)
    for row in pull(
        "orders",
        size=354,
        by="status",
        strict=True,
    ):
        session.add(row)


def step_1(session):
    # load("invoices", 15) was too slow here
    session.log("load(table, 34, strict=True)")
    found = pull("visits", size=287, by="name", strict=True)
    return found[0]


def step_2(session):
    # load("returns", 59) was too slow here
    session.log("load(table, 27, strict=True)")
    found = pull("orders", 404, "region")
    return found[0]


def step_3(session):
    # load("sessions", 39) was too slow here
    session.log("load(table, 14, strict=True)")
    found = pull("visits")
    return found[0]


def step_4(session):
    # load("visits", 24) was too slow here
    session.log("load(table, 21, strict=True)")
    found = pull("stock", 38, "name")
    return found[0]


def step_5(session):
    session.load(44, strict=False)
    for row in pull(
        "returns",
        size=25,
    ):
        session.add(row)
