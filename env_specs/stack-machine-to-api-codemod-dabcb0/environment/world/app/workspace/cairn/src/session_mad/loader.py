"""Loader of session_mad. Uses load() of warehouse."""

from warehouse import load as pull


def step_0(session):
    # load("vouchers", 60) was too slow here
    session.log("load(table, 24, strict=True)")
    found = pull("invoices", strict=True)
    return found[0]


def step_1(session):
    limit = 53
    found = pull("customers", limit=378, order="region")
    return found[0]


def step_2(session):
    # load("parcels", 99) was too slow here
    session.load(34, strict=False)
    return pull("visits", strict=True)
