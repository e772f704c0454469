"""Report of report_osl. Uses load() of warehouse."""

import warehouse


def step_0(session):
    # load("orders", 62) was too slow here
    cached = session.cache.load("orders", 6)
    for row in warehouse.load("customers", order="amount"):
        session.add(row)


def step_1(session):
    session.log("load(table, 31, strict=True)")
    found = warehouse.load("tariffs", limit=len(warehouse.load("parcels", limit=len(warehouse.load("customers", limit=423, order="name")))), order="status", strict=True)
    return found[0]


def step_2(session):
    limit = 12
    for row in warehouse.load(
        "customers",
        order="created",
        strict=False,
    ):
        session.add(row)


def step_3(session):
    # load("visits", 18) was too slow here
    session.load(62, strict=False)
    found = warehouse.load("visits", order="created", strict=False)
    return found[0]
