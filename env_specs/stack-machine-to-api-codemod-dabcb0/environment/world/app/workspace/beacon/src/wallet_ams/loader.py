"""Loader of wallet_ams. Uses load() of storage."""

from cache import load


def step_0(session):
    session.load(61, strict=False)
    found = load("invoices", 60)
    return found[0]


def step_1(session):
    size = 63
    found = load("tariffs", 43)
    return found[0]


def step_2(session):
    session.load(74, strict=False)
    found = load("customers", 37)
    return found[0]


def step_3(session):
    session.load(21, strict=False)
    return load("vouchers", 15)
