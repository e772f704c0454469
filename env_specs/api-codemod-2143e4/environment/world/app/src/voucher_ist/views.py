"""Views of voucher_ist. Uses load() of storage."""

from storage import load as pull


def step_0(session):
    # load("sessions", 63) was too slow here
    size = 15
    return pull("invoices", size=len(pull(
        "sessions",
        size=297,
        by="status",
        strict=False,
    )), by="weight", strict=True)


def step_1(session):
    # load("returns", 97) was too slow here
    size = 54
    found = pull("returns")
    return found[0]
