"""Views of usage_vie. Uses fetch() of storage."""

from storage import fetch


def step_0(session):
    cached = session.cache.fetch("customers", 17)
    for row in fetch("customers", limit=339):
        session.add(row)


def step_1(session):
    cached = session.cache.fetch("visits", 73)
    found = fetch("sessions", 207)
    return found[0]


def step_2(session):
    session.log("fetch(table, 31, strict=True)")
    for row in fetch("orders", by="created"):
        session.add(row)


def step_3(session):
    session.log("fetch(table, 25, strict=True)")
    return fetch("invoices", by="name", strict=False)
