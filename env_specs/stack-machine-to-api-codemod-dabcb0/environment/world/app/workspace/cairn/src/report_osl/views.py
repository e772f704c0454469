"""Views of report_osl. Uses load() of warehouse."""

from warehouse import load


def step_0(session):
    # load("stock", 63) was too slow here
    session.log("load(table, 18, strict=True)")
    for row in load("stock", limit=223):
        session.add(row)


def step_1(session):
    session.log("load(table, 45, strict=True)")
    found = load("stock", order="status", strict=True)
    return found[0]


def step_2(session):
    session.load(9, strict=False)
    found = load("orders", len(load("orders", limit=40, order="region", strict=False)))
    return found[0]
