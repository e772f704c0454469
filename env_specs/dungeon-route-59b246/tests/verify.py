"""Verifier of dungeon-route-59b246. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check("par.csv holds every level's cost, moves and keys in order")
def _():
    assert lines('/app/par.csv') == ['level,cost,moves,keys', 'juniper,44,28,1', 'coral,42,30,1', 'cobalt,37,25,1', 'garnet,32,20,1']


@check('the routes of the harder levels are the cheapest and alphabetically first')
def _():
    for path, route in {'/app/routes/juniper.txt': 'LLUUUUUULLDDLLLLDDRRDDRRDDRR', '/app/routes/coral.txt': 'RDULLUUUUUURRRRDDRRDDRRRRRUULL'}.items():
        assert lines(path) == [route], path


@check('the routes of the easier levels are the cheapest and alphabetically first')
def _():
    for path, route in {'/app/routes/cobalt.txt': 'RRRRRLLLLLUULLDDDDDDRRDDR', '/app/routes/garnet.txt': 'RLLLLLLLLLUUUULLUULL'}.items():
        assert lines(path) == [route], path


@check('there is one route per level and nothing else')
def _():
    import os
    assert sorted(os.listdir('/app/routes')) == ['cobalt.txt', 'coral.txt', 'garnet.txt', 'juniper.txt']


@check('levels and rules are unchanged')
def _():
    for path, digest in {'/app/levels/cobalt.lvl': '34e3605e0e023233c6b3e1c8503b0fa6775d01c3dd1bfa2c827bd3f1716bdf53', '/app/levels/juniper.lvl': 'ecfbe31ee5ba7bd27f45e95c1406e8df76e4b357767f7f5fe44258d51ef1708e', '/app/levels/garnet.lvl': '2eef9661bc4c6d92f9fefa7d051ac5c12532a567aad2d779ed1558dcabf75585', '/app/levels/coral.lvl': '17c0236d10c3abc44dd12a47e2c60147fd0d8cda113ba63a80b0dc6412c6a518', '/app/RULES.md': '61f2a25241f5b96f3e7106c4e10559ec36f19f918cb0ff8af7afd89b113695af'}.items():
        assert sha256(path) == digest, path + " changed"

main()
