"""Views of gateway_waw. Uses load() of warehouse."""

import warehouse


def step_0(session):
    session.log("load(table, 42, strict=True)")
    return warehouse.load("vouchers", strict=True)


def step_1(session):
    # load("stock", 92) was too slow here
    session.load(62, strict=False)
    found = warehouse.load("tariffs", strict=True)
    return found[0]
