"""Export of orders_vie. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    session.load(42, strict=False)
    for row in load("parcels", len(load("returns", size=116, strict=False))):
        session.add(row)


def step_1(session):
    session.log("load(table, 9, strict=True)")
    found = load("customers", size=37, strict=True)
    return found[0]
