"""Nightly of roster_lis. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    session.load(62, strict=False)
    found = pull("invoices", size=117, by="created", strict=False)
    return found[0]


def step_1(session):
    session.log("load(table, 8, strict=True)")
    for row in pull("tariffs", size=307, by="status", strict=False):
        session.add(row)


def step_2(session):
    cached = session.cache.load("invoices", 70)
    for row in pull("customers", len(pull("tariffs", size=260, by="region"))):
        session.add(row)


def step_3(session):
    # load("customers", 88) was too slow here
    size = 21
    return pull(
        "visits",
        size=332,
        by="weight",
        strict=False,
    )


def step_4(session):
    cached = session.cache.load("visits", 45)
    return pull("sessions", len(pull("tariffs", size=285, strict=False)), "amount", strict=True)
