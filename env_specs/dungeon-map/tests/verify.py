"""Verifier of dungeon-map: the world's table, and a player of its own that knows the rules."""

import hashlib
import os
import sys

sys.path.insert(0, "/tests")

from checks import check, data, fail, json_file, lines, main, sha256, text  # noqa: E402

GAME = "23e1c686db115b2e303d69680e1c61b54da9556372ec449ed4125b8d79f2bce4"
VAULT = "bed067862b38917edfbd7faf4c85fafbb05f342b1d71c9c7e7859bea579380a3"
SHORTEST = 39  # by breadth-first search over rooms, hands, doors and altar
ENDING = "The undercroft breathes out, and a voice calls you Warden of the Ninth Lamp."
WORDS = {"Narrow Court": "berta-lambert-odo-isolde", "Ferry Steps": "nineteen-pepper"}
GATE = ("Pump Room", "west")
DOORS = {("Narrow Court", "north"), ("Ferry Steps", "west"), GATE}
RELICS = {"cracked bell", "ember cup", "wax tablet"}
ROOMS = """
Stair Foot: north Long Gallery, east Cold Cellar, down Cistern
Long Gallery: south Stair Foot, west Lapidary, east Narrow Court, up Scriptorium
Cold Cellar: west Stair Foot, north Narrow Court, east Rat Hole
Rat Hole: south Cold Cellar, down Sump
Sump: west Cistern, up Rat Hole
Cistern: up Stair Foot, east Sump, south Pump Room
Pump Room: north Cistern, west Smugglers' Landing
Lapidary: east Long Gallery, north Ossuary
Ossuary: south Lapidary, east Scriptorium
Scriptorium: down Long Gallery, west Ossuary
Narrow Court: west Long Gallery, south Cold Cellar, north Chapel Porch
Chapel Porch: south Narrow Court, north Chapel, east Bell Loft
Bell Loft: west Chapel Porch, down Rat Hole
Chapel: south Chapel Porch, west Vestry
Vestry: east Chapel, north Sacristy
Sacristy: south Vestry, east Dry Garden
Dry Garden: west Sacristy, south Chapel
Smugglers' Landing: east Pump Room, south Salt Store, west Ferry Steps
Salt Store: north Smugglers' Landing, west Ropewalk
Ropewalk: east Salt Store, north Ferry Steps
Ferry Steps: east Smugglers' Landing, south Ropewalk, down Drowned Nave, west Counting House
Drowned Nave: up Ferry Steps, north Cistern
Counting House: east Ferry Steps, north Strongroom
Strongroom: south Counting House, down Ash Pit
Ash Pit: east Ossuary
"""
THINGS = {
    "Rat Hole": "cracked bell",
    "Drowned Nave": "ember cup",
    "Strongroom": "wax tablet",
    "Sacristy": "iron key",
    "Ossuary": "bone flute",
    "Salt Store": "tin crown",
    "Pump Room": "wet rope",
}
EXITS = {
    name: dict(way.split(" ", 1) for way in ways.split(", "))
    for name, ways in (row.split(": ") for row in ROOMS.strip().splitlines())
}


def secret(name):
    return hashlib.sha256(f"undercroft 4711 {name}".encode()).hexdigest()[:32]


class Player:
    """The rules of the game, told by the verifier and not by a program in the agent's reach."""

    def __init__(self):
        self.room, self.carried, self.open, self.taken, self.offered = "Stair Foot", [], set(), [], []

    def do(self, verb, rest):
        here = (self.room, rest)
        if verb == "go" and (here not in DOORS or here in self.open):
            self.room = EXITS[self.room].get(rest) or fail(f"{self.room} has no way {rest}")
        elif verb == "take" and THINGS.get(self.room) == rest and rest not in self.taken:
            self.carried.append(rest)
            self.taken.append(rest)
            assert len(self.carried) <= 2, "three things in two hands"
        elif verb == "unlock" and here == GATE and here not in self.open:
            self.carried.remove("iron key")
            self.open.add(here)
        elif verb == "say" and WORDS.get(self.room) == rest.lower():
            self.open |= {door for door in DOORS if door[0] == self.room}
        elif verb == "offer" and self.room == "Chapel" and rest in RELICS:
            self.carried.remove(rest)
            self.offered.append(rest)
        else:
            fail(f"in {self.room}, {verb} {rest} does nothing")


def route():
    return [line.strip() for line in lines("/app/route.txt") if line.strip()]


def played(moves):
    player = Player()
    for move in moves:
        assert set(player.offered) != RELICS, "the route goes on after the end"
        player.do(*(move.split(" ", 1) if " " in move else (move, "")))
    return player


@check("the game is untouched, and there is nothing else in /app")
def _():
    assert sha256("/app/bin/undercroft") == GAME
    assert sha256("/app/lib/vault.json") == VAULT
    found = {f"{folder}/{name}" for folder, _, names in os.walk("/app") for name in names}
    wanted = ["bin/undercroft", "ending.txt", "lib/vault.json", "map.json", "route.txt"]
    assert sorted(found) == [f"/app/{name}" for name in [*wanted, "save.json", "words.json"]]


@check("the map has every room and no other")
def _():
    assert sorted(json_file("/app/map.json")) == sorted(EXITS)


@check("every exit leads where it leads")
def _():
    assert {name: room["exits"] for name, room in json_file("/app/map.json").items()} == EXITS


@check("every thing is in its room")
def _():
    things = {name: room["things"] for name, room in json_file("/app/map.json").items()}
    assert things == {name: [THINGS[name]] if name in THINGS else [] for name in EXITS}


@check("the doors' words are known")
def _():
    assert json_file("/app/words.json") == WORDS


@check("the route wins")
def _():
    assert set(played(route()).offered) == RELICS


@check("the route is as short as can be")
def _():
    assert set(played(route()).offered) == RELICS
    assert len(route()) == SHORTEST, len(route())


@check("the saved game is that route, played to its end")
def _():
    save, player = json_file("/app/save.json"), played(route())
    assert save["moves"] == [move.lower() for move in route()]
    assert save["over"] == "won" and save["ending"] == ENDING
    assert save["key"] == secret("room Chapel") and save["carried"] == {}
    assert save["taken"] == player.taken
    assert save["offered"] == {name: secret(f"thing {name}") for name in player.offered}
    assert list(save["offered"]) == player.offered
    opened = {f"{room}/{way}": secret(f"room {EXITS[room][way]}") for room, way in player.open}
    assert save["open"] == opened
    assert data("/app/save.json").endswith(b"}\n")


@check("the ending is what the game says")
def _():
    assert text("/app/ending.txt").strip() == ENDING


main()
