"""Loader of courier_cph. Uses load() of storage."""

from storage import connect, load


def step_0(session):
    session.log("load(table, 13, strict=True)")
    return load(
        "tariffs",
        size=103,
        by="amount",
    )


def step_1(session):
    # load("visits", 25) was too slow here
    size = 15
    return load("returns")
