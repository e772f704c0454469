#!/usr/bin/python3 -IS
"""undercroft: a game of rooms, played by one command at a time.

    undercroft new              begin anew (the game before is gone)
    undercroft look             where you are, what is there, where it goes on
    undercroft examine THING    look closer at a thing that is here or in your hands
    undercroft inventory        what you carry (two hands, two things)
    undercroft go DIRECTION     north, east, south, west, up or down
    undercroft take THING       it stays with you until you use it up; nothing can be put down
    undercroft unlock DIRECTION open a lock with the right key, which stays in the lock
    undercroft say WORD         some doors listen; a shut door that opens stays open
    undercroft offer THING      at an altar

`new`, `look`, `examine` and `inventory` are free. All other commands that do something, and every
word that is said, burn one measure of oil. Without oil it is dark and the game is over.
"""

import hashlib
import json
import sys
from pathlib import Path

# Every room is sealed with a key of its own. A passage holds the key of the room behind it; a door
# holds it sealed once more. So this program knows no more than the player has seen.
HOME = Path(__file__).resolve().parent.parent
VAULT, SAVE = HOME / "lib/vault.json", HOME / "save.json"
FIRST = "6f7e5c0a4b19d3828c55e0f19a7b2e43"
OIL = 72


def unseal(key, sealed):
    """The value that was sealed with `key`, or None where the key is wrong."""
    raw = bytes.fromhex(sealed)
    tag, body = raw[:16], raw[16:]
    pad = hashlib.shake_256(b"pad" + key.encode()).digest(len(body))
    plain = bytes(a ^ b for a, b in zip(body, pad))
    right = hashlib.sha256(b"tag" + key.encode() + plain).digest()[:16] == tag
    return json.loads(plain) if right else None


def room_of(game):
    vault = json.loads(VAULT.read_text())
    return unseal(game["key"], vault[hashlib.sha256(game["key"].encode()).hexdigest()[:12]])


def load():
    if not SAVE.exists():
        sys.exit("There is no game. Begin one with: undercroft new")
    return json.loads(SAVE.read_text())


def spend(game, move):
    game["moves"].append(move)
    if len(game["moves"]) >= OIL and not game["over"]:
        game["over"] = "dark"
        print("The lamp goes out. It is over.")
    SAVE.write_text(json.dumps(game, indent=1) + "\n")


def things_here(game, room):
    return {k: v for k, v in room["things"].items() if k not in game["taken"]}


def show(game, room):
    print(room["name"])
    print(f"  {room['text']}")
    for direction, way in sorted(room["exits"].items()):
        shut = "door" in way and f"{room['name']}/{direction}" not in game["open"]
        print(f"Exit {direction}" + (f": {way['door']}, shut" if shut else ""))
    for thing in sorted(things_here(game, room)):
        print(f"Thing: {thing}")
    print(f"Oil: {OIL - len(game['moves'])}")


def go(game, room, direction):
    way = room["exits"].get(direction)
    if way is None:
        sys.exit("There is no way.")
    key = way.get("key") or game["open"].get(f"{room['name']}/{direction}")
    if key is None:
        sys.exit(f"Shut: {way['door']}.")
    game["key"] = key
    spend(game, f"go {direction}")
    if not game["over"]:
        show(game, room_of(game))


def take(game, room, thing):
    if thing not in things_here(game, room):
        sys.exit("It is not here.")
    if len(game["carried"]) == 2:
        sys.exit("Both hands are full.")
    game["carried"][thing] = room["things"][thing]
    game["taken"].append(thing)
    spend(game, f"take {thing}")
    print(f"Taken: {thing}")


def unlock(game, room, direction):
    way = room["exits"].get(direction, {})
    if way.get("by") != "key":
        sys.exit("There is no lock.")
    for name, thing in list(game["carried"].items()):
        key = unseal(thing.get("secret", ""), way["sealed"])
        if key:
            del game["carried"][name]
            game["open"][f"{room['name']}/{direction}"] = key
            spend(game, f"unlock {direction}")
            return print(f"Open. The {name} stays in the lock.")
    sys.exit("Nothing that you carry fits.")


def say(game, room, word):
    answer = "Nobody listens."
    for direction, way in room["exits"].items():
        if way.get("by") == "word":
            key = unseal(word, way["sealed"])
            answer = f"The way {direction} opens." if key else "The door does not move."
            if key:
                game["open"][f"{room['name']}/{direction}"] = key
    spend(game, f"say {word}")
    print(answer)


def offer(game, room, thing):
    if "altar" not in room:
        sys.exit("There is no altar.")
    if thing not in game["carried"]:
        sys.exit("You don't carry it.")
    if thing not in room["altar"]["wants"]:
        sys.exit("The altar does not want it.")
    game["offered"][thing] = game["carried"].pop(thing)["secret"]
    won = len(game["offered"]) == len(room["altar"]["wants"])
    if won:
        secrets = "".join(game["offered"][name] for name in sorted(game["offered"]))
        game["over"], game["ending"] = "won", unseal(secrets, room["altar"]["sealed"])
    spend(game, f"offer {thing}")
    print(f"You won. {game['ending']}" if won else f"Offered: {thing}")


def examine(game, room, thing):
    found = {**things_here(game, room), **game["carried"]}.get(thing)
    print(found["text"] if found else "It is not here.")


def main():
    verb, rest = (sys.argv[1] if len(sys.argv) > 1 else ""), " ".join(sys.argv[2:]).lower()
    if verb == "new":
        game = {"key": FIRST, "moves": [], "carried": {}, "taken": [], "open": {}, "offered": {}}
        game.update(over="", ending="")
        SAVE.write_text(json.dumps(game, indent=1) + "\n")
        return show(game, room_of(game))
    acts = {"go": go, "take": take, "unlock": unlock, "say": say, "offer": offer}
    if verb not in {*acts, "look", "examine", "inventory"}:
        sys.exit(__doc__)
    game = load()
    if verb == "inventory":
        return print("\n".join(game["carried"]) or "Nothing.")
    room = room_of(game)
    if verb == "look":
        return show(game, room)
    if not rest:
        sys.exit(__doc__)
    if verb == "examine":
        return examine(game, room, rest)
    if game["over"]:
        sys.exit(f"The game is over ({game['over']}).")
    acts[verb](game, room, rest)


main()
