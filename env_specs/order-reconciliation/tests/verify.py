"""Verifier of order-reconciliation."""

import hashlib
import json
import os
import sys

sys.path.insert(0, "/tests")

from checks import check, data, json_file, main, sqlite  # noqa: E402

DATABASE = "/app/shop.db"
WORLD = "f608ab46ffd040b0f1f206f6d2e3615e1192b79a530216e51061773e3b630f69"
# SHA-256 of rows as JSON, sorted.
PAYMENTS = "13dc7deb8d29b6ec36a92cae22c32d8a475ba49a7ac84293e7785c0dc8bf6b28"
ORDERS = "b9c9062bb9480dd86bce894b947ce11b9eab5d5b9cc7a75c69ee0419f6736c35"
CUSTOMERS = "d22db9a7cacc16b98a4950b2d3dfd7c6b28d4332ff1ab9c5574a8fbfcf343644"
LINES = "cd4b15e75ea78f53d04c850107115f1ed2f18292e84c5539fcf19fef907ed76b"
SCHEMA = "5f2b4692cb9ae3c3255d068230671a4d1fbe7344ea2661b6a8ed53ecfec92139"
ADDED = """
PX14E4D21 PX34A567D PX8E45C8C PX92B31A0 PXA3C320B PXBADC29F PXE033853 PXF11095D PXF2FFA84
""".split()
REMOVED = """
PX0135922 PX059A363 PX2E49DDE PX2F10C11 PX5BEAE7E PX687E2FE PX6D0A1C3 PX6D6D597 PX7D47B62
PX929EF75 PX94CE34B PX964E81D PX9EDEFEB PXD381B0A PXFA21DD9
""".split()
CHANGED = """
PX14157EA PX1961754 PX22D97F2 PX3A3CD4E PX488EB4C PX4AAFD0E PX54FC6EA PX667F8B3 PX709470F
PX8560500 PX8743CAF PX8AF79B4 PXC1E0772 PXD6D7CE6 PXE6F0B20 PXF19012A
""".split()
TOTALS_FIXED = """
O-10451 O-10459 O-10477 O-10496 O-10503 O-10508 O-10551
""".split()
STATUS_CHANGED = """
O-10412:partial:shipped O-10415:partial:open O-10418:open:paid O-10420:open:paid
O-10428:partial:shipped O-10432:shipped:partial O-10438:partial:shipped O-10448:shipped:partial
O-10456:paid:open O-10461:paid:shipped O-10476:open:shipped O-10478:partial:paid
O-10485:paid:shipped O-10486:open:partial O-10490:partial:shipped O-10493:shipped:paid
O-10500:paid:shipped O-10502:paid:open O-10505:partial:open O-10509:open:paid
O-10524:paid:shipped O-10543:shipped:paid O-10545:partial:shipped O-10548:shipped:partial
""".split()
UNMATCHED = """
PX107F182 PX7AFBEC8 PX8771B92 PX8E2AACB
""".split()
BALANCES = """
O-10415:67560 O-10416:2450 O-10419:-10 O-10422:1890 O-10433:990 O-10435:4900 O-10436:1890
O-10442:1890 O-10443:11690 O-10444:13425 O-10446:15900 O-10456:25440 O-10457:59475
O-10462:-16300 O-10463:4475 O-10464:1890 O-10467:15900 O-10476:-14790 O-10477:17900
O-10480:35130 O-10481:-15560 O-10482:-54015 O-10485:-47700 O-10497:16890 O-10499:-54500
O-10502:17900 O-10503:-135000 O-10504:990 O-10505:1890 O-10518:7560 O-10519:4475 O-10522:7350
O-10525:15900 O-10526:-69390 O-10529:-87360 O-10531:1980 O-10533:12900 O-10538:-3440
O-10542:-53165 O-10549:2450
""".split()
NET_BY_MONTH = {"2024-05": {"EUR": 1107865, "CHF": 864010}, "2024-06": {"EUR": 1444930, "CHF": 949385}}


def digest(query):
    rows = [list(row) for row in sqlite(DATABASE, query)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def report(key):
    return json_file("/app/report.json")[key]


@check("the payments are the provider's settled transactions")
def _():
    assert digest("SELECT * FROM payments ORDER BY reference") == PAYMENTS


@check("the orders have their totals and statuses, and are otherwise as before")
def _():
    assert digest("SELECT * FROM orders ORDER BY id") == ORDERS


@check("customers, lines and the schema are as before, and the database is sound")
def _():
    assert digest("SELECT * FROM customers ORDER BY id") == CUSTOMERS
    assert digest("SELECT * FROM order_lines ORDER BY order_id, line") == LINES
    assert digest("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name") == SCHEMA
    assert sqlite(DATABASE, "PRAGMA integrity_check") == [("ok",)]
    assert sqlite(DATABASE, "PRAGMA foreign_key_check") == []


@check("the report lists what changed among the payments")
def _():
    assert report("payments") == {"added": ADDED, "removed": REMOVED, "changed": CHANGED}


@check("the report lists the totals that were wrong")
def _():
    assert report("totals_fixed") == TOTALS_FIXED


@check("the report lists old and new statuses")
def _():
    changes = [one.split(":") for one in STATUS_CHANGED]
    assert report("status_changed") == {order: [old, new] for order, old, new in changes}


@check("the report lists transactions that have no order")
def _():
    assert report("unmatched") == UNMATCHED


@check("the report has the months' net receipts by currency")
def _():
    assert report("net_by_month") == NET_BY_MONTH


@check("the report has the balances that are left, and nothing else besides")
def _():
    balances = [one.split(":") for one in BALANCES]
    assert report("balances") == {order: int(cents) for order, cents in balances}
    keys = ["balances", "net_by_month", "payments", "status_changed", "totals_fixed", "unmatched"]
    assert sorted(json_file("/app/report.json")) == keys


@check("exports and docs are untouched, and nothing else was left")
def _():
    assert sorted(os.listdir("/app")) == ["docs", "exports", "report.json", "shop.db"]
    seen = hashlib.sha256()
    for top in ("/app/exports", "/app/docs"):
        for folder, _folders, files in sorted(os.walk(top)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                seen.update(f"{path} {hashlib.sha256(data(path)).hexdigest()}\n".encode())
    assert seen.hexdigest() == WORLD


main()
