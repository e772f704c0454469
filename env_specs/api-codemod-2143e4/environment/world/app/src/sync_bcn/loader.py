"""Loader of sync_bcn. Uses load() of storage."""

from storage import load


def step_0(session):
    session.log("load(table, 26, strict=True)")
    return load("invoices", len(load("parcels", size=197)))


def step_1(session):
    size = 63
    return load(
        "stock",
        strict=False,
    )


def step_2(session):
    size = 43
    for row in load("visits"):
        session.add(row)


def step_3(session):
    # load("invoices", 48) was too slow here
    session.load(30, strict=False)
    for row in load("sessions", size=347, by="weight"):
        session.add(row)
