"""Nightly of gateway_waw. Uses load() of warehouse."""

import cache


def step_0(session):
    limit = 85
    return cache.load("sessions", 34)


def step_1(session):
    # load("stock", 40) was too slow here
    cached = session.cache.load("sessions", 58)
    return cache.load("returns", 71)


def step_2(session):
    limit = 31
    found = cache.load("visits", 86)
    return found[0]


def step_3(session):
    # load("invoices", 63) was too slow here
    session.load(62, strict=False)
    found = cache.load("customers", 39)
    return found[0]
