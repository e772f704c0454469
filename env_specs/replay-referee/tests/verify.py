"""Verifier of replay-referee: the verdicts are known from how the games were made."""

import hashlib
import os
import sys

sys.path.insert(0, "/tests")

from checks import check, data, lines, main, sha256  # noqa: E402

RULES = "430df093345ae01aa01b1543ed6f8e1980d09923d0d58342e357e71b2b086570"
BULLETIN = "e53d3fd6422a4c39d3220a6b9bf11d3d58b92bf92f7d98f99b8c5c8dc521cbee"
SHEETS = "94217e8c8eeea1b543148781ab516cd54303ab611f97864bdf9cf02780d8c9dc"
VERDICTS = """game,result,reason,halfmove,white_stones,black_stones
r1-b1,0-1,reach,18,11,9
r1-b2,1-0,illegal,10,11,12
r1-b3,1-0,slips,16,11,10
r1-b4,0-1,reach,30,8,8
r2-b1,1-0,time,14,11,12
r2-b2,1-0,bare,49,8,0
r2-b3,1-0,illegal,8,12,12
r2-b4,1-0,resign,26,9,8
r3-b1,1-0,reach,47,7,1
r3-b2,1-0,reach,33,8,8
r3-b3,1-0,reach,19,10,10
r3-b4,1-0,illegal,18,11,9
r4-b1,0-1,time,29,7,11
r4-b2,0-1,reach,22,9,11
r4-b3,0-1,illegal,13,11,11
r4-b4,0-1,reach,42,7,5
r5-b1,1-0,reach,41,7,9
r5-b2,0-0,short,20,10,9
r5-b3,1-0,reach,37,6,8
r5-b4,1/2-1/2,draw,21,9,11
r6-b1,1-0,reach,35,8,6
r6-b2,0-1,illegal,17,10,11
r6-b3,0-1,reach,56,3,4
r6-b4,1-0,reach,37,9,7
r7-b1,0-1,count,24,7,8
r7-b2,1-0,forfeit,0,0,0
r7-b3,0-1,illegal,21,10,11
r7-b4,0-1,reach,22,10,10
"""
ILLEGAL = """
game,halfmove,player,turn,rule
r1-b2,10,Goran,d3-d2,3
r2-b3,8,Emeric,c5xc4,2
r3-b4,18,Corvin,=,6
r4-b3,13,Goran,--,4
r6-b2,17,Brina,f2-f1,2
r7-b3,21,Goran,c2xd2,2
"""
MISJUDGED = "r1-b2 r1-b3 r2-b1 r2-b3 r3-b4 r4-b3 r4-b4 r5-b2 r7-b1 r7-b3"
STANDINGS = """
rank,player,points,difference,slips
1,Fanny,10,17,0
2,Dorte,10,-1,0
3,Aldous,8,-8,1
4,Brina,8,-1,0
5,Goran,5,1,0
6,Hedda,5,-5,0
7,Emeric,4,4,0
8,Corvin,4,-7,3
"""


def column(name, path="/app/verdicts.csv"):
    """One column of what the agent wrote, by the first column."""
    rows = [line.split(",") for line in lines(path)]
    place = rows[0].index(name)
    return {row[0]: row[place] for row in rows[1:]}


def known(name, table=VERDICTS):
    rows = [line.split(",") for line in table.split()]
    place = rows[0].index(name)
    return {row[0]: row[place] for row in rows[1:]}


@check("the archive is untouched, and nothing lies about in /app")
def _():
    assert sha256("/app/rules.md") == RULES and sha256("/app/bulletin.txt") == BULLETIN
    names = sorted(os.listdir("/app/sheets"))
    assert hashlib.sha256(b"".join(data(f"/app/sheets/{n}") for n in names)).hexdigest() == SHEETS
    wanted = ["bulletin.txt", "illegal.csv", "misjudged.txt", "rules.md", "sheets"]
    assert sorted(os.listdir("/app")) == [*wanted, "standings.csv", "verdicts.csv"]


@check("every game is there, once and in order")
def _():
    assert [line.split(",")[0] for line in lines("/app/verdicts.csv")] == [
        line.split(",")[0] for line in VERDICTS.split()
    ]


@check("the results are right")
def _():
    assert column("result") == known("result")


@check("the reasons are right")
def _():
    assert column("reason") == known("reason")


@check("the deciding half-moves are right")
def _():
    assert column("halfmove") == known("halfmove")


@check("the stones that are left are right")
def _():
    for side in ("white_stones", "black_stones"):
        assert column(side) == known(side)


@check("the verdicts are written as was asked")
def _():
    assert lines("/app/verdicts.csv") == VERDICTS.split()


@check("the illegal moves are found, with the rule that they break")
def _():
    assert lines("/app/illegal.csv") == ILLEGAL.split()


@check("the misjudged games are found")
def _():
    assert lines("/app/misjudged.txt") == MISJUDGED.split()


@check("the players' totals are right")
def _():
    def table(rows):
        return {row[1]: row[2:] for row in (line.split(",") for line in rows)}

    assert table(lines("/app/standings.csv")) == table(STANDINGS.split())


@check("the final order is right")
def _():
    assert lines("/app/standings.csv") == STANDINGS.split()


main()
