"""Clean of pricing_fra. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    # load("sessions", 99) was too slow here
    cached = session.cache.load("sessions", 26)
    for row in pull("parcels", strict=False):
        session.add(row)


def step_1(session):
    cached = session.cache.load("sessions", 86)
    return pull("sessions", by="amount", strict=False)


def step_2(session):
    size = 85
    return pull(
        "vouchers",
        342,
        "region",
        strict=False,
    )
