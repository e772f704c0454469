#!/bin/bash
ls -l /app /app/*
/app/bin/undercroft
sed -n '20,60p' /app/bin/undercroft
/app/bin/undercroft new
cat > /tmp/explore.py <<'PY'
"""From where the saved game stands, walk every way that is open; add what is seen to /tmp/seen.json."""
import json, pathlib, subprocess
save, seen_file = pathlib.Path("/app/save.json"), pathlib.Path("/tmp/seen.json")
seen = json.loads(seen_file.read_text()) if seen_file.exists() else {}
def play(*words):
    done = subprocess.run(["/app/bin/undercroft", *words], capture_output=True, text=True)
    return done.stdout.splitlines()
def note(shown):
    room = seen.setdefault(shown[0], {"exits": {}, "doors": {}, "things": []})
    if "text" not in room:
        room["text"] = shown[1].strip()
        room["things"] = [line[7:] for line in shown if line.startswith("Thing: ")]
        print(shown[0], "|", room["text"], "|", *room["things"])
        for thing in room["things"]:
            print("   ", thing, "|", *play("examine", thing))
    for line in shown:
        if line.startswith("Exit "):
            way, _, door = line[5:].partition(": ")
            if door:
                room["doors"][way] = door
                if way not in room["exits"]:
                    print("   ", shown[0], line)
            else:
                room["exits"].setdefault(way, None)
    return shown[0]
began = save.read_text()
done = {name for name, room in seen.items() if all(room["exits"].get(way) for way in {**room["exits"], **room["doors"]})}
queue = [(began, note(play("look")))]
while queue:
    state, here = queue.pop(0)
    if here in done:
        continue
    done.add(here)
    for way in [way for way, target in seen[here]["exits"].items() if not target]:
        save.write_text(state)
        shown = play("go", way)
        if shown and not shown[0].startswith("The lamp"):
            seen[here]["exits"][way] = note(shown)
            queue.append((save.read_text(), shown[0]))
save.write_text(began)
seen_file.write_text(json.dumps(seen, indent=1))
print(len(seen), "rooms;", "unknown:", [(n, w) for n, r in seen.items() for w in {**r["exits"], **r["doors"]} if not r["exits"].get(w)])
PY
python3 /tmp/explore.py
for move in 'go east' 'go north' 'say berta-lambert-odo-isolde'; do /app/bin/undercroft $move; done
python3 /tmp/explore.py
for move in 'go north' 'go north' 'go west' 'go north' 'take iron key' 'go east' 'go south' 'go south' 'go south' 'go west' 'go south' 'go down' 'go south' 'unlock west'; do /app/bin/undercroft $move | head -1; done
python3 /tmp/explore.py
for move in 'go west' 'go west' 'say nineteen-pepper'; do /app/bin/undercroft $move; done
python3 /tmp/explore.py
cat > /tmp/plan.py <<'PY'
"""Breadth-first over (room, hands, taken, open, offered)."""
import json
from collections import deque
rooms = json.load(open("/tmp/seen.json"))
words = {"Narrow Court": "berta-lambert-odo-isolde", "Ferry Steps": "nineteen-pepper"}
wanted = {"cracked bell", "ember cup", "wax tablet"}
def after(state):
    room, hands, taken, opened, offered = state
    for way, target in rooms[room]["exits"].items():
        door = way in rooms[room]["doors"] and (room, way) not in opened
        if not door:
            yield f"go {way}", (target, hands, taken, opened, offered)
        elif room in words:
            yield f"say {words[room]}", (room, hands, taken, opened | {(room, way)}, offered)
        elif "iron key" in hands:
            yield f"unlock {way}", (room, hands - {"iron key"}, taken, opened | {(room, way)}, offered)
    for thing in rooms[room]["things"]:
        if thing not in taken and len(hands) < 2:
            yield f"take {thing}", (room, hands | {thing}, taken | {thing}, opened, offered)
    if room == "Chapel":
        for thing in hands & wanted:
            yield f"offer {thing}", (room, hands - {thing}, taken, opened, offered | {thing})
none = frozenset()
start = ("Stair Foot", none, none, none, none)
came, queue = {start: None}, deque([start])
while queue:
    state = queue.popleft()
    if state[4] == wanted:
        break
    for move, new in after(state):
        if new not in came:
            came[new] = (state, move)
            queue.append(new)
moves = []
while came[state]:
    state, move = came[state]
    moves.append(move)
open("/app/route.txt", "w").write("".join(m + "\n" for m in reversed(moves)))
json.dump({n: {"exits": r["exits"], "things": sorted(r["things"])} for n, r in rooms.items()}, open("/app/map.json", "w"), indent=1)
json.dump(words, open("/app/words.json", "w"), indent=1)
PY
python3 /tmp/plan.py
wc -l /app/route.txt; cat /app/route.txt
jq -c 'to_entries[] | [.key, .value.exits, .value.things]' /app/map.json
/app/bin/undercroft new
while read -r move; do /app/bin/undercroft $move < /dev/null | tail -1; done < /app/route.txt
jq -c '[.over, .offered, (.moves | length)]' /app/save.json; ls /app
jq -r 'select(.over == "won") | .ending' /app/save.json | tee /app/ending.txt
