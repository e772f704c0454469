"""Verifier of inventory-ledger."""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "/tests")

from checks import check, data, main, run_agent_program, text  # noqa: E402

WORLD = "5cd4f3c402eebfc26199f34f308f6dfec4cd1485d8c906af4894243b2e7a80ba"
MARCH = "35337585336f94851982ef4c46812a3fef835cddb30923d17421284b404422a7"
KEPT = (
    "closing/2025-01.json closing/2025-02.json data/catalogue.json data/movements.csv "
    "docs/RULES.md tests/__init__.py tests/test_ledger.py"
)
HEADER = "no,date,site,sku,kind,qty,cost,ref\n"
CATALOGUE = {
    "Q-8": {"name": "q", "packs": {"2030-01-01": 8, "2031-03-10": 3}},
    "R-5": {"name": "r", "packs": {"2030-01-01": 5}},
}
NOTHING = (0, "0.00", "0.00", "0.00", 0)


def ledger(month, rows=None):
    """What the program prints for the journal in /app, or for these rows: status, output, errors."""
    command = ["python3", "-m", "ledger", "--month", month]
    if rows is None:
        return run_agent_program(command, timeout=8)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "catalogue.json").write_text(json.dumps(CATALOGUE))
        (Path(folder) / "movements.csv").write_text(HEADER + rows)
        return run_agent_program([*command, "--data", folder], timeout=8)


def closes(month, rows, **items):
    """The closing of other rows is exactly this: on hand, value, cogs, shrink, short."""
    status, out, err = ledger(month, rows)
    assert status == 0, err[-300:]
    keys = ("on_hand", "value", "cogs", "shrink", "short")
    wanted = {sku.replace("_", "-"): dict(zip(keys, row)) for sku, row in items.items()}
    found = json.loads(out)
    assert found == {"month": month, "items": wanted}, found


def refuses(line, rows):
    status, out, err = ledger("2031-12", rows)
    assert (status, out) == (2, ""), (status, out[:100])
    assert err.startswith(f"line {line}: "), err[:100]


@check("March is closed, by the program and in its file")
def _():
    written = data("/app/closing/2025-03.json")
    assert hashlib.sha256(written).hexdigest() == MARCH
    assert ledger("2025-03")[:2] == (0, written.decode())


@check("the signed closings come out byte for byte")
def _():
    for month in ("2025-01", "2025-02"):
        status, out, err = ledger(month)
        assert status == 0, err[-300:]
        assert out == text(f"/app/closing/{month}.json"), month


@check("late postings, and both ways of writing dates and SKUs")
def _():
    closes(
        "2031-02",
        """12,2031-02-10,dock,Q-8,receive,4,3.00,
13,2031-02-03,dock,Q-8,receive,4,1.00,
15,03.02.2031,north,q-8,receive,4,2.00,
14,11.02.2031,north, Q-8 ,issue,6,,
16,01.03.2031,north,Q-8,issue,1,,
17,2031-02-12,dock,r-5,receive,1,7.50,
18,10.01.2031,north,Q-8,receive,1,9.00,
""",
        Q_8=(7, "18.00", "15.00", "0.00", 0),
        R_5=(1, "7.50", "0.00", "0.00", 0),
    )


@check("returns come back at their cost and are sold first; short pieces")
def _():
    closes(
        "2031-05",
        """1,2031-05-01,dock,R-5,receive,3,1.00,
2,2031-05-02,dock,R-5,receive,3,2.00,
3,2031-05-03,dock,R-5,receive,3,4.00,
4,2031-05-04,dock,R-5,issue,8,,
5,2031-05-05,dock,R-5,return,3,,4
6,2031-05-06,dock,R-5,return,2,,4
7,2031-05-07,dock,R-5,issue,4,,
8,2031-05-08,dock,R-5,return,1,,7
9,2031-05-09,dock,Q-8,receive,2,5.00,
10,2031-05-10,dock,Q-8,issue,5,,
11,2031-06-01,dock,Q-8,return,1,,10
""",
        Q_8=(0, "0.00", "10.00", "0.00", 3),
        R_5=(3, "12.00", "9.00", "0.00", 0),
    )


@check("voids, voids of voids, and closings before and after a void")
def _():
    rows = """1,2031-04-01,dock,R-5,receive,10,1.00,
2,2031-04-02,dock,R-5,receive,10,3.00,
3,2031-04-03,dock,R-5,issue,4,,
4,2031-04-05,dock,R-5,return,2,,3
5,2031-04-06,dock,R-5,void,,,1
6,2031-04-07,dock,R-5,issue,5,,
7,2031-04-08,dock,R-5,void,,,6
8,2031-04-09,dock,R-5,void,,,7
9,2031-05-02,dock,R-5,void,,,3
10,2031-04-20,dock,Q-8,receive,5,1.00,
11,2031-04-21,dock,Q-8,void,,,10
12,2031-04-22,dock,Q-8,void,,,11
13,2031-04-23,dock,Q-8,void,,,12
"""
    closes("2031-04", rows, Q_8=NOTHING, R_5=(3, "9.00", "21.00", "0.00", 0))
    closes("2031-05", rows, Q_8=NOTHING, R_5=(5, "15.00", "0.00", "0.00", 0))


@check("cases hold what they held on that day, and amounts stay exact")
def _():
    closes(
        "2031-03",
        """1,2031-03-09,dock,Q-8,receive,1c,9.00,
2,10.03.2031,north,q-8,receive,1c,10.00,
3,2031-03-11,dock,Q-8,issue,1c,,
4,2031-03-12,dock,R-5,receive,2c,0.01,
5,2031-03-13,dock,R-5,issue,7,,
""",
        Q_8=(8, "15.63", "3.38", "0.00", 0),
        R_5=(3, "0.01", "0.01", "0.00", 0),
    )


@check("half cents are rounded as accounting does, below zero too")
def _():
    closes(
        "2031-01",
        """1,2030-12-01,dock,Q-8,receive,5c,1.00,
2,2030-12-02,dock,Q-8,issue,9,,
3,2031-01-02,dock,Q-8,return,1,,2
4,2030-12-03,dock,R-5,receive,1c,0.10,
5,2031-01-04,dock,R-5,receive,1,0.005,
6,2031-01-05,dock,R-5,count,3,,
""",
        Q_8=(32, "4.00", "-0.13", "0.00", 0),
        R_5=(3, "0.05", "0.00", "0.06", 0),
    )


@check("stock-takes, with surplus and with missing pieces")
def _():
    closes(
        "2031-07",
        """1,2031-06-01,dock,R-5,receive,10,2.00,
2,2031-06-02,dock,R-5,receive,4,6.00,
3,2031-06-30,dock,R-5,count,12,,
4,2031-07-01,dock,R-5,count,3,,
5,2031-07-02,dock,R-5,receive,5,8.00,
6,2031-07-03,dock,R-5,void,,,5
7,2031-07-04,dock,R-5,count,5,,
8,2031-07-05,dock,R-5,issue,9,,
9,2031-07-06,dock,Q-8,count,2,,
10,2031-07-08,dock,Q-8,issue,1,,
""",
        Q_8=(1, "0.00", "0.00", "0.00", 0),
        R_5=(0, "0.00", "30.00", "22.00", 4),
    )


@check("lines that cannot be right are refused, with their place in the file")
def _():
    good = "1,2031-01-01,dock,Q-8,receive,9,1.00,\n4,2031-01-09,dock,Q-8,issue,3,,\n"
    refuses(4, good + "5,2031-02-01,dock,Z-9,issue,1,,\n")
    refuses(4, good + "5,2031-02-01,dock,Q-8,sell,1,,\n6,2031-02-02,dock,Q-8,issue,1,,\n")
    refuses(2, "9,2031-03-01,dock,Q-8,return,1,,7\n" + good)
    refuses(2, "9,2031-03-01,dock,Q-8,void,,,7\n" + good)
    refuses(5, good + "5,2031-01-10,dock,Q-8,return,2,,4\n6,2031-01-11,dock,Q-8,return,2,,4\n")
    refuses(4, good + "8,2031-01-12,dock,R-5,return,1,,5\n5,2031-01-11,dock,R-5,issue,1,,\n")


@check("the project's own tests pass")
def _():
    status, _out, err = run_agent_program(
        ["python3", "-m", "unittest", "discover", "-s", "tests", "-t", "."], timeout=25
    )
    assert status == 0 and "Ran 5 tests" in err, err[-300:]


@check("journal, catalogue, rules, tests and signed closings are untouched")
def _():
    digest = hashlib.sha256()
    for name in KEPT.split():
        inner = hashlib.sha256(data(f"/app/{name}")).hexdigest()
        digest.update(f"{name} {inner}\n".encode())
    assert digest.hexdigest() == WORLD
    assert sorted(os.listdir("/app/closing")) == ["2025-01.json", "2025-02.json", "2025-03.json"]
    left = set(os.listdir("/app/data")) | {"catalogue.json", "movements.csv"}
    assert left == {"catalogue.json", "movements.csv"}, left


main()
