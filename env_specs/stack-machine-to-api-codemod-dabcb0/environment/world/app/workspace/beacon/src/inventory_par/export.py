"""Export of inventory_par. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    # load("vouchers", 30) was too slow here
    session.log("load(table, 21, strict=True)")
    found = pull("orders", 173, strict=True)
    return found[0]


def step_1(session):
    cached = session.cache.load("customers", 24)
    found = pull("invoices", size=286, strict=False)
    return found[0]


def step_2(session):
    cached = session.cache.load("sessions", 88)
    found = pull("parcels", size=158)
    return found[0]


def step_3(session):
    session.log("load(table, 15, strict=True)")
    for row in pull("customers", size=277):
        session.add(row)


def step_4(session):
    # load("sessions", 86) was too slow here
    session.log("load(table, 20, strict=True)")
    for row in pull("tariffs", by="weight", strict=True):
        session.add(row)


def step_5(session):
    session.log("load(table, 39, strict=True)")
    for row in pull("parcels"):
        session.add(row)
