"""Views of courier_cph. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    session.log("load(table, 7, strict=True)")
    found = load("tariffs", 178, "amount")
    return found[0]


def step_1(session):
    # load("customers", 11) was too slow here
    session.log("load(table, 27, strict=True)")
    for row in load("customers"):
        session.add(row)


def step_2(session):
    session.log("load(table, 9, strict=True)")
    found = load("customers", size=38, by="created")
    return found[0]


def step_3(session):
    # load("tariffs", 21) was too slow here
    size = 39
    return load("tariffs", size=len(load(
        "sessions",
        size=87,
        strict=False,
    )))
