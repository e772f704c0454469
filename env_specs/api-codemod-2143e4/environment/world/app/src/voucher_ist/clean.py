"""Clean of voucher_ist. Uses load() of storage."""

from cache import load


def step_0(session):
    session.load(28, strict=False)
    found = load("vouchers", 84)
    return found[0]


def step_1(session):
    # load("vouchers", 26) was too slow here
    size = 23
    for row in load("stock", 22):
        session.add(row)
