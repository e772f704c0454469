"""Par values for the levels of a dungeon crawler: the cheapest route through each map."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_STEPS = {"D": (1, 0), "L": (0, -1), "R": (0, 1), "U": (-1, 0)}
_ARROWS = {"v": "D", "<": "L", ">": "R", "^": "U"}
_ASKS = (
    """
    {boss} wants par values for the dungeon levels in `{where}/levels` before the next play test.
    What may be walked on and what each step costs is in `{where}/RULES.md`; some level files
    change a rule in their header. For every level we need the cheapest route from `S` to `G`,
    and where several routes cost the same, the one that comes first in alphabetical order
    when it is written as a string of the letters D, L, R and U (down, left, right, up).
    """,
    """
    The level select screen of our crawler is to show a par cost per level, and {boss} asked
    for a demo route to go with each. The levels are in `{where}/levels`, the rules in
    `{where}/RULES.md`; a level's header may override a rule. A demo is the cheapest way
    from `S` to `G`, written as a string of D, L, R and U for down, left, right and up. If
    several routes are equally cheap, take the alphabetically first string.
    """,
)
_WANTED = (
    """
    Put each level's route into `{where}/routes/<level>.txt` (the level's name as in its header; one
    line that holds nothing but the letters) and a table into `{where}/par.csv` with the header
    `level,cost,moves,keys`: the route's cost, its number of letters, and how many keys have been
    picked up by its end. Order the rows by cost, highest first, and equal costs by name. The level
    files and the rules stay as they are.
    """,
    """
    The table is `{where}/par.csv`, header `level,cost,moves,keys`, most expensive level first and levels of equal cost by name: what the route
    costs, how many letters it has, and how many keys are held when it ends. The routes themselves go to
    `{where}/routes/<level>.txt`, one file for each level, called as the level's header says, holding the letters
    on one line and nothing else. Neither levels nor rules may be changed.
    """,
)


@dataclass
class _Level:
    """One level: its grid and the costs that hold in it."""

    name: str
    grid: list[list[str]]
    mud: int
    own_mud: bool
    packed: bool
    best: tuple[int, str, int] = (0, "", 0)
    portals: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


class DungeonRoute(Family):
    """Find the cheapest routes through levels with keys, doors, mud, arrows and portals.

    Hard because the state is more than a position (which keys are held), costs differ from level
    to level, maps may be run-length encoded, and one route out of many equally cheap is wanted.
    """

    name = "dungeon-route"
    domain = "games"
    skills = ("path-search", "rule-reading", "level-parsing")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        mud = rng.randint(3, 6)
        levels: list[_Level] = []
        while len(levels) < context.scale(3, 7):
            level = self._level(context, names.project(), mud)
            if level.best[0] not in [other.best[0] for other in levels]:
                levels.append(level)
        for level in levels:
            part.file(f"levels/{level.name}.lvl", _render(level, names.person().name).encode())
        part.file("RULES.md", _rules(mud).encode())
        boss = names.person().name
        part.title = "par values for dungeon levels"
        part.ask(context.pick(_ASKS).format(boss=boss, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        ordered = sorted(levels, key=lambda level: (-level.best[0], level.name))
        self._verify(part, ordered)
        part.hide(*(level.best[1] for level in levels))
        part.reveals(
            "level",
            ordered[0].name,
            [level.name for level in ordered[1:4]],
            "the level with the highest par cost",
            "level",
        )
        return part

    def _level(self, context: Context, name: str, mud: int) -> _Level:
        """A level that can be solved, and only with a key."""
        rng = context.rng
        while True:
            own = rng.random() < 0.4
            packed = context.difficulty >= 3 and rng.random() < 0.5
            here = rng.choice([cost for cost in range(2, 8) if cost != mud]) if own else mud
            grid = _maze(rng, context.scale(6, 12), context.scale(4, 8))
            level = _Level(name, grid, here, own, packed)
            _furnish(level, rng, context.difficulty)
            found = _cheapest(level)
            if found and found[2] >= 1 and len(found[1]) >= context.scale(14, 40):
                level.best = found
                return level

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "ls -l levels",
            "cat RULES.md",
            "head -7 levels/*.lvl",
            "grep -H -E '^(encoding|mud)' levels/*.lvl",
            _READER,
            'for f in levels/*.lvl; do echo "$f"; python3 /tmp/levels.py "$f"; done | head -40',
            _SEARCH,
            "mkdir -p routes && python3 /tmp/route.py levels/*.lvl > /tmp/found.csv",
            "cat /tmp/found.csv",
            'while IFS=, read -r name cost moves keys route; do echo "$route" > "routes/$name.txt"; done < /tmp/found.csv',
            "wc -c routes/*.txt",
            'level=$(sort -t, -k2,2nr -k1,1 /tmp/found.csv | head -1 | cut -d, -f1); echo "$level"',
            "(echo level,cost,moves,keys; cut -d, -f1-4 /tmp/found.csv | LC_ALL=C sort -t, -k2,2nr -k1,1) > par.csv",
        )

    @staticmethod
    def _verify(part: Part, ordered: list[_Level]) -> None:
        rows = [f"{lv.name},{lv.best[0]},{len(lv.best[1])},{lv.best[2]}" for lv in ordered]
        part.check(
            "par.csv holds every level's cost, moves and keys in order",
            f"assert lines({part.path('par.csv')!r}) == {['level,cost,moves,keys', *rows]!r}",
        )
        half = (len(ordered) + 1) // 2
        for which, chosen in (("harder", ordered[:half]), ("easier", ordered[half:])):
            routes = {part.path(f"routes/{lv.name}.txt"): lv.best[1] for lv in chosen}
            part.check(
                f"the routes of the {which} levels are the cheapest and alphabetically first",
                f"""
                for path, route in {routes!r}.items():
                    assert lines(path) == [route], path
                """,
            )
        part.check(
            "there is one route per level and nothing else",
            f"""
            import os
            assert sorted(os.listdir({part.path("routes")!r})) == {sorted(f"{lv.name}.txt" for lv in ordered)!r}
            """,
        )
        part.unchanged("levels and rules are unchanged")
        part.output("par.csv", *(f"routes/{lv.name}.txt" for lv in ordered[:2]))


def _maze(rng: Random, columns: int, rows: int) -> list[list[str]]:
    """A maze of cells with walls between them, and some walls taken out again."""
    grid = [["#"] * (2 * columns + 1) for _ in range(2 * rows + 1)]
    stack = [(rng.randrange(rows), rng.randrange(columns))]
    grid[2 * stack[0][0] + 1][2 * stack[0][1] + 1] = "."
    while stack:
        row, column = stack[-1]
        ways = [
            (down, right)
            for down, right in _STEPS.values()
            if 0 <= row + down < rows
            and 0 <= column + right < columns
            and grid[2 * (row + down) + 1][2 * (column + right) + 1] == "#"
        ]
        if not ways:
            stack.pop()
            continue
        down, right = rng.choice(ways)
        grid[2 * row + 1 + down][2 * column + 1 + right] = "."
        grid[2 * (row + down) + 1][2 * (column + right) + 1] = "."
        stack.append((row + down, column + right))
    for _ in range(columns * rows // 3):
        row, column = rng.randrange(1, 2 * rows), rng.randrange(1, 2 * columns)
        grid[row][column] = "."
    return grid


def _furnish(level: _Level, rng: Random, difficulty: int) -> None:
    """Start, goal, keys and doors, mud; arrows from difficulty 2, portals from 3."""
    grid = level.grid
    free = [(r, c) for r, row in enumerate(grid) for c, tile in enumerate(row) if tile == "."]
    rng.shuffle(free)
    locks = "ab"[: 1 + (difficulty >= 3)] + "c" * (difficulty >= 5)
    tiles = ["S", "G", *locks, *(lock.upper() for lock in locks for _ in range(3))]
    tiles += ["~"] * (len(free) // 6)
    tiles += [rng.choice("<>^v") for _ in range(2 * difficulty if difficulty >= 2 else 0)]
    for digit in "12"[: max(0, difficulty - 2)]:
        tiles += [digit, digit]
    for (row, column), tile in zip(free, tiles, strict=False):
        grid[row][column] = tile
    ends: dict[str, list[tuple[int, int]]] = {}
    for r, cells in enumerate(grid):
        for c, tile in enumerate(cells):
            if tile.isdigit():
                ends.setdefault(tile, []).append((r, c))
    for one, other in ends.values():
        level.portals |= {one: other, other: one}


def _cheapest(level: _Level) -> tuple[int, str, int] | None:
    """Cost, route and number of keys of the best route, or None."""
    grid = level.grid
    start = next((r, row.index("S")) for r, row in enumerate(grid) if "S" in row)
    heap: list[tuple[int, str, tuple[int, int], str]] = [(0, "", start, "")]
    done = set()
    while heap:
        cost, route, (row, column), keys = heapq.heappop(heap)
        if ((row, column), keys) in done:
            continue
        done.add(((row, column), keys))
        tile = grid[row][column]
        if tile == "G":
            return cost, route, len(keys)
        for letter, (down, right) in _STEPS.items():
            place = (row + down, column + right)
            there = grid[place[0]][place[1]]
            blocked = there == "#" or (there in "ABC" and there.lower() not in keys)
            if blocked or (tile in _ARROWS and _ARROWS[tile] != letter):
                continue
            held = "".join(sorted({*keys, there})) if there in "abc" else keys
            price = level.mud if there == "~" else 1
            heapq.heappush(
                heap, (cost + price, route + letter, level.portals.get(place, place), held)
            )
    return None


def _render(level: _Level, author: str) -> str:
    head = [f"name: {level.name}", f"author: {author}"]
    head.append(f"encoding: {'rle' if level.packed else 'plain'}")
    head += [f"mud: {level.mud}"] if level.own_mud else []
    rows = ["".join(row) for row in level.grid]
    return "\n".join([*head, "---", *(map(_pack, rows) if level.packed else rows)]) + "\n"


def _pack(row: str) -> str:
    """Run-length encoding: each run as its length, a colon, its tile."""
    runs: list[list[str]] = []
    for tile in row:
        if runs and runs[-1][0] == tile:
            runs[-1].append(tile)
        else:
            runs.append([tile])
    return " ".join(f"{len(run)}:{run[0]}" for run in runs)


def _rules(mud: int) -> str:
    return f"""\
# Rules of the dungeon

A level file has a header of `key: value` lines, a line `---`, and the map, row by row from
the top. `encoding: rle` means that a row is a list of runs, `5:#` for five walls; `plain` rows
are the tiles themselves.

| tile | meaning |
|---|---|
| `#` | wall; nobody enters it |
| `.` `S` `G` | floor, start, goal; entering costs 1 |
| `~` | mud; entering costs {mud}, unless the header says `mud: N` |
| `a` `b` `c` | a key; entering costs 1 and picks it up. Keys are never lost or used up |
| `A` `B` `C` | a door; entering costs 1 and needs the key of the same letter |
| `<` `>` `^` `v` | an arrow; entering costs 1, from any side; it can only be left the way it points |
| `1` `2` | a portal; entering costs 1 and puts you onto the other tile with this digit at once |

A step goes one tile down, left, right or up. A step that is not allowed does not exist: there is
no bumping into walls. Coming out of a portal does not trigger it again; stepping onto it does.
A route ends when it first enters `G`.
"""


_READER = r"""
cat > /tmp/levels.py <<'EOF'
import sys


def load(path):
    head, _, body = open(path).read().partition("---\n")
    info = dict(line.split(": ", 1) for line in head.splitlines())
    rows = body.splitlines()
    if info["encoding"] == "rle":
        rows = ["".join(int(n) * t for n, t in (run.split(":") for run in row.split())) for row in rows]
    return info, rows


if __name__ == "__main__":
    print("\n".join(load(sys.argv[1])[1]))
EOF
"""
_SEARCH = r"""
cat > /tmp/route.py <<'EOF'
import heapq, re, sys
from levels import load

default = int(re.search(r"mud; entering costs (\d+)", open("RULES.md").read())[1])
moves = {"D": (1, 0), "L": (0, -1), "R": (0, 1), "U": (-1, 0)}
arrow = dict(zip("v<>^", "DLRU"))
for path in sys.argv[1:]:
    info, rows = load(path)
    mud = int(info.get("mud", default))
    tiles = {(y, x): t for y, row in enumerate(rows) for x, t in enumerate(row)}
    twin = {p: q for p, t in tiles.items() if t.isdigit() for q, u in tiles.items() if u == t and q != p}
    queue, seen = [(0, "", next(p for p, t in tiles.items() if t == "S"), frozenset())], set()
    while queue:
        cost, route, at, keys = heapq.heappop(queue)
        if (at, keys) in seen:
            continue
        seen.add((at, keys))
        if tiles[at] == "G":
            print(info["name"], cost, len(route), len(keys), route, sep=",")
            break
        for letter, (dy, dx) in moves.items():
            to = (at[0] + dy, at[1] + dx)
            tile = tiles.get(to, "#")
            if tile == "#" or arrow.get(tiles[at], letter) != letter:
                continue
            if tile in "ABC" and tile.lower() not in keys:
                continue
            held = keys | {tile} if tile in "abc" else keys
            heapq.heappush(queue, (cost + (mud if tile == "~" else 1), route + letter, twin.get(to, to), held))
EOF
"""
