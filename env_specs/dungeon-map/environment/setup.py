"""Seals the rooms of the undercroft: each with a key that only a passage into it holds."""

import hashlib
import json
import os
from pathlib import Path

APP = Path("/app")
FIRST = "6f7e5c0a4b19d3828c55e0f19a7b2e43"
WORDS = {"Narrow Court": "berta-lambert-odo-isolde", "Ferry Steps": "nineteen-pepper"}
DOORS = {"Narrow Court/north": "an oak door that seems to listen", "Ferry Steps/west": "a brass door with a carved ear",
         "Pump Room/west": "an iron gate with a lock"}
WANTS = ["cracked bell", "ember cup", "wax tablet"]
ENDING = "The undercroft breathes out, and a voice calls you Warden of the Ninth Lamp."

# Room: its text | its exits.
ROOMS = """
Stair Foot: The stairs behind you have fallen in. Forward, then. | north Long Gallery, east Cold Cellar, down Cistern
Long Gallery: A statue: LAMBERT, FOUNDER. He outlived Berta by twenty-five years. | south Stair Foot, west Lapidary, east Narrow Court, up Scriptorium
Cold Cellar: Chalk on a barrel: the oak door wants "mellon". Somebody else has crossed it out. | west Stair Foot, north Narrow Court, east Rat Hole
Rat Hole: Low and full of eyes. | south Cold Cellar, down Sump
Sump: Water to the knee. | west Cistern, up Rat Hole
Cistern: A statue half under water: ODO, FOUNDER. Died in the year 1131. | up Stair Foot, east Sump, south Pump Room
Pump Room: The pump has not moved for a long time. | north Cistern, west Smugglers' Landing
Lapidary: A statue: GUNTRAM, who bought his stone and founded nothing. Died in the year 1102. | east Long Gallery, north Ossuary
Ossuary: A statue among the skulls: BERTA, FOUNDER. Died in the year 1094. | south Lapidary, east Scriptorium
Scriptorium: A statue at a desk: ISOLDE, FOUNDER. The last of them; she buried Odo. | down Long Gallery, west Ossuary
Narrow Court: Carved over the door: CALL THE FOUNDERS IN THE ORDER OF THEIR DEATHS, A HYPHEN BETWEEN NAME AND NAME. | west Long Gallery, south Cold Cellar, north Chapel Porch
Chapel Porch: Swept, and nobody here. | south Narrow Court, north Chapel, east Bell Loft
Bell Loft: An empty frame, and a hole in the floor, too high to come back through. | west Chapel Porch, down Rat Hole
Chapel: An altar: BRING ME THE BELL, THE CUP AND THE TABLET. | south Chapel Porch, west Vestry
Vestry: A ledger: "The abbot owes the counting house twelve." A later line in red: "Wrong. It is nineteen." | east Chapel, north Sacristy
Sacristy: Empty cupboards. | south Vestry, east Dry Garden
Dry Garden: Gravel, and a hatch into the chapel that only opens from here. | west Sacristy, south Chapel
Smugglers' Landing: A rotten boat. | east Pump Room, south Salt Store, west Ferry Steps
Salt Store: A receipt on a nail: "From the abbot, for all that he owed: paid in pepper, not in salt." | north Smugglers' Landing, west Ropewalk
Ropewalk: Scratched into the wall: THE EAR OPENS TO THE ABBOT'S DEBT. FIRST HOW MUCH, THEN A HYPHEN, THEN WHAT HE PAID IT IN. | east Salt Store, north Ferry Steps
Ferry Steps: Black water; steps lead down below it. | east Smugglers' Landing, south Ropewalk, down Drowned Nave, west Counting House
Drowned Nave: Pews under a skin of water. A current pulls north. | up Ferry Steps, north Cistern
Counting House: Scales, and no money. | east Ferry Steps, north Strongroom
Strongroom: The boxes are open. | south Counting House, down Ash Pit
Ash Pit: Still warm. A slide goes east. | east Ossuary
"""
THINGS = {
    "Rat Hole": {"cracked bell": "It still hums."},
    "Drowned Nave": {"ember cup": "Warm to the touch, under water."},
    "Strongroom": {"wax tablet": "The writing is older than the abbey."},
    "Sacristy": {"iron key": "A tag: PUMP ROOM."},
    "Ossuary": {"bone flute": "It plays one note."},
    "Salt Store": {"tin crown": "A toy."},
    "Pump Room": {"wet rope": "Too short for anything."},
}


def secret(name):
    return hashlib.sha256(f"undercroft 4711 {name}".encode()).hexdigest()[:32]


def seal(key, value):
    plain = json.dumps(value).encode()
    pad = hashlib.shake_256(b"pad" + key.encode()).digest(len(plain))
    tag = hashlib.sha256(b"tag" + key.encode() + plain).digest()[:16]
    return (tag + bytes(a ^ b for a, b in zip(plain, pad))).hex()


def room_key(name):
    return FIRST if name == "Stair Foot" else secret(f"room {name}")


def way(room, direction, target):
    door = DOORS.get(f"{room}/{direction}")
    if not door:
        return {"key": room_key(target)}
    by, opener = ("word", WORDS[room]) if room in WORDS else ("key", secret("thing iron key"))
    return {"door": door, "by": by, "sealed": seal(opener, room_key(target))}


vault = {}
for line in ROOMS.strip().splitlines():
    name, _, rest = line.partition(": ")
    text, _, exits = rest.partition(" | ")
    ways = dict(one.split(" ", 1) for one in exits.split(", "))
    room = {
        "name": name,
        "text": text,
        "exits": {d: way(name, d, target) for d, target in ways.items()},
        "things": {
            thing: {"text": look, "secret": secret(f"thing {thing}")}
            for thing, look in THINGS.get(name, {}).items()
        },
    }
    if name == "Chapel":
        secrets = "".join(secret(f"thing {thing}") for thing in sorted(WANTS))
        room["altar"] = {"wants": WANTS, "sealed": seal(secrets, ENDING)}
    key = room_key(name)
    vault[hashlib.sha256(key.encode()).hexdigest()[:12]] = seal(key, room)
(APP / "lib").mkdir(parents=True)
(APP / "lib/vault.json").write_text(json.dumps(dict(sorted(vault.items())), indent=0) + "\n")
os.chmod(APP / "bin/undercroft", 0o755)
