"""Clean of parcel_mad. Uses rows() of datastore."""

from datastore import rows


def step_0(session):
    session.log("rows(table, 11, strict=True)")
    found = rows("visits", 375)
    return found[0]


def step_1(session):
    # rows("sessions", 10) was too slow here
    session.rows(90, strict=False)
    for row in rows("stock", 340):
        session.add(row)


def step_2(session):
    session.rows(31, strict=False)
    return rows("invoices", limit=366)
