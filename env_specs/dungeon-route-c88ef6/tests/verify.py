"""Verifier of dungeon-route-c88ef6. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check("par.csv holds every level's cost, moves and keys in order")
def _():
    assert lines('/app/par.csv') == ['level,cost,moves,keys', 'fjord,99,39,1', 'lagoon,83,59,1', 'sextant,73,43,1', 'walnut,61,43,2', 'harbor,46,34,1', 'kestrel,43,36,1']


@check('the routes of the harder levels are the cheapest and alphabetically first')
def _():
    for path, route in {'/app/routes/fjord.txt': 'URRUUUULLUULLLLDDDDLLDDLRLLLLUULLLLUDDD', '/app/routes/lagoon.txt': 'RRUULLUURRRRRRRRRRRRRRDDLLLLLLDUDDRRRRDURRRRUUUDDDLLLLDDDDD', '/app/routes/sextant.txt': 'UULLLUULURRRRRRRRDDRRRRDLLDDLLLLUULLULLDDDL'}.items():
        assert lines(path) == [route], path


@check('the routes of the easier levels are the cheapest and alphabetically first')
def _():
    for path, route in {'/app/routes/walnut.txt': 'DDLLUULLUULLUULLLLUURLUULLLRLRUUUULLLLLLDDD', '/app/routes/harbor.txt': 'LLUUUURLDDDDDDLLDLLUULLDDDLLLLLLLL', '/app/routes/kestrel.txt': 'UULRUDLLUUUUUULLLLDDRRDDDLLDLLUUUULL'}.items():
        assert lines(path) == [route], path


@check('there is one route per level and nothing else')
def _():
    import os
    assert sorted(os.listdir('/app/routes')) == ['fjord.txt', 'harbor.txt', 'kestrel.txt', 'lagoon.txt', 'sextant.txt', 'walnut.txt']


@check('levels and rules are unchanged')
def _():
    for path, digest in {'/app/levels/sextant.lvl': 'c77afc7f54114dfc5de5fa477bc77b5d9c9c4ff1289131af47f4179b87297c69', '/app/levels/harbor.lvl': '5a1583b9ffbc367405db48a73471b6b2bddce9ddf303ed8568588e836bdd2e0b', '/app/levels/fjord.lvl': '01b6d916605b9f4922e7dd656e3ac07cfa82c76876776157908dd31f08fcbda6', '/app/levels/walnut.lvl': '1018a06eab0854c413e531e94a18e70a35da3d901516550508696697f97a6c0b', '/app/levels/lagoon.lvl': '4b5e3d5d5aed5675fd5b3727c9c01601407c1c3dd4ed8b8ed83066590a8b3574', '/app/levels/kestrel.lvl': '6b016a6355fd9c0744600aa2b9cf1c5c09ebf369a94940ecd45720fef6725923', '/app/RULES.md': '24c96d8493fdb88122fd8c18825a0b88beb7bb25b4ccf0ced5b219872bd3df91'}.items():
        assert sha256(path) == digest, path + " changed"

main()
