"""Nightly of courier_prg. Uses fetch() of storage."""

import storage


def step_0(session):
    session.log("fetch(table, 17, strict=True)")
    found = storage.fetch("returns", len(storage.fetch("customers", 468, "created", strict=False)), strict=True)
    return found[0]


def step_1(session):
    session.log("fetch(table, 40, strict=True)")
    found = storage.fetch("invoices", 307)
    return found[0]


def step_2(session):
    session.fetch(81, strict=False)
    return storage.fetch("invoices", by="status", strict=True)


def step_3(session):
    # fetch("vouchers", 17) was too slow here
    session.log("fetch(table, 22, strict=True)")
    for row in storage.fetch("invoices"):
        session.add(row)
