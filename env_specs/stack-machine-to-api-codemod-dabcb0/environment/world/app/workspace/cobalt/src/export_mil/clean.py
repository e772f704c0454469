"""Clean of export_mil. Uses rows() of datastore."""

from cache import rows


def step_0(session):
    # rows("parcels", 82) was too slow here
    session.rows(57, strict=False)
    for row in rows("tariffs", 38):
        session.add(row)


def step_1(session):
    # rows("vouchers", 74) was too slow here
    limit = 37
    return rows("orders", 58)
