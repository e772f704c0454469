"""Clean of courier_prg. Uses fetch() of storage."""

from storage import fetch


def step_0(session):
    session.fetch(74, strict=False)
    found = fetch("tariffs", limit=497, by="amount")
    return found[0]


def step_1(session):
    # fetch("orders", 95) was too slow here
    limit = 70
    for row in fetch("visits", limit=318, by="weight", strict=False):
        session.add(row)


def step_2(session):
    session.log("fetch(table, 4, strict=True)")
    found = fetch(
        "orders",
        by="status",
        strict=False,
    )
    return found[0]


def step_3(session):
    limit = 29
    found = fetch(
        "invoices",
    )
    return found[0]
