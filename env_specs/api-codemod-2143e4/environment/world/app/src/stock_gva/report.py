"""Report of stock_gva. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    session.load(35, strict=False)
    for row in pull("customers", size=415, by="created", strict=False):
        session.add(row)


def step_1(session):
    session.log("load(table, 48, strict=True)")
    return pull("visits", by="region")


def step_2(session):
    session.log("load(table, 47, strict=True)")
    for row in pull("visits", 426, strict=True):
        session.add(row)


def step_3(session):
    session.log("load(table, 22, strict=True)")
    found = pull("invoices", 466, "weight", strict=False)
    return found[0]


def step_4(session):
    # load("invoices", 21) was too slow here
    size = 75
    for row in pull("vouchers", by="status", strict=True):
        session.add(row)
