"""A club's games of a heap game, to be judged by perfect play."""

from __future__ import annotations

import hashlib
from functools import cache

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Our club plays a heap game, and {boss}, who trains the juniors, wants the season judged by perfect
    play. The games are in the SQLite database `{where}/season.db`, the house rules in
    `{where}/RULES.md`. A move is a blunder if the player who made it could have won by force before
    it, and after it the opponent can.
    """,
    """
    {boss} is writing the club bulletin and needs hard numbers on who threw away the most won positions
    this season. All games are recorded in `{where}/season.db` (SQLite); which moves are legal is in
    `{where}/RULES.md`. Call a move a blunder when its player had a forced win before the move and the
    opponent has one after it.
    """,
)
_WANTED = (
    """
    Some scoresheets hold a move that the rules do not allow. Those games do not count; list them in
    `{where}/illegal.csv` with the header `game,ply`, where `ply` is the first illegal move, ordered by
    game number. From all other games make `{where}/blunders.csv` with the header
    `player,games,moves,blunders` and one row for every player of the club (zeros for those who
    have no game that counts), most blunders first, equal ones by name.
    """,
    """
    Games in which somebody made a move that is against the rules are void. They belong into `{where}/illegal.csv`
    (header `game,ply`; the ply of the first such move; in the order of the game numbers) and count nowhere else. What the
    others say goes into `{where}/blunders.csv`, header `player,games,moves,blunders`: every player of the
    club has a row, with zeros if none of their games count; the most blunders stand first, and equal numbers
    are ordered by name.
    """,
)
_PUZZLES = """
For the bulletin's puzzle page, `{where}/puzzles.txt` has positions, one per line. Write
`{where}/solutions.txt` with the same positions in the same order: the position as it stands there, a
colon and a blank, and all moves that win, in the notation of the rules, each once, sorted as plain
text (by byte) and separated by blanks; a single `-` if no move wins. Neither the database nor the
puzzles nor the rules may change.
"""


class BlunderReport(Family):
    """Judge recorded games of a heap game by its theory, and solve positions.

    Hard because the rules are the club's own, so the values have to be computed; moves may split
    heaps; and scoresheets with illegal moves have to be found before anything is counted.
    """

    name = "blunder-report"
    domain = "games"
    skills = ("game-tree-search", "rule-reading", "move-validation")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        takes = tuple(sorted(rng.sample(range(1, 8), context.scale(3, 4))))
        splits = context.difficulty >= 3
        largest = context.scale(14, 24)
        rules = _Rules(takes, splits)
        players = sorted(person.login for person in names.people(context.scale(4, 9)))
        sql = [_SCHEMA, *(f"INSERT INTO players VALUES({n},'{p}');" for n, p in enumerate(players))]
        tally = {player: [0, 0, 0] for player in players}
        illegal: list[tuple[int, int]] = []
        played: list[tuple[int, int, str]] = []
        number = rng.randint(100, 900)
        for index in range(context.scale(18, 90)):
            number += rng.randint(1, 4)
            first, second = rng.sample(range(len(players)), 2)
            heaps = [rng.randint(3, largest) for _ in range(rng.randint(2, context.scale(2, 4)))]
            moves, legal = self._game(context, rules, heaps, cheat=index % 6 == 3)
            sql.append(f"INSERT INTO games VALUES({number},{first},{second},'{_show(heaps)}');")
            order = list(enumerate(moves, 1))
            rng.shuffle(order)
            played += [(number, ply, move) for ply, move in order]
            sql += [f"INSERT INTO moves VALUES({number},{ply},'{move}');" for ply, move in order]
            if legal is not None:
                illegal.append((number, legal))
                continue
            for place, player in enumerate((players[first], players[second])):
                row = tally[player]
                row[0] += 1
                row[1] += len(moves[place::2])
                row[2] += rules.blunders(heaps, moves)[place]
        puzzles = [
            [rng.randint(2, largest) for _ in range(rng.randint(2, 4))]
            for _ in range(context.scale(5, 14))
        ]
        part.file("season.sql", "\n".join(sql) + "\n", transient=True)
        part.setup("sqlite3 season.db < season.sql && rm season.sql")
        part.file("puzzles.txt", "".join(f"{_show(heaps)}\n" for heaps in puzzles).encode())
        part.file("RULES.md", _rules(takes, splits).encode())
        part.title = "find blunders in a season of games"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where), _PUZZLES.format(where=part.where))
        self._solve(part)
        rows = sorted(tally.items(), key=lambda entry: (-entry[1][2], entry[0]))
        solutions = [f"{_show(p)}: {' '.join(rules.winning(p)) or '-'}" for p in puzzles]
        table = [",".join(map(str, (player, *row))) for player, row in rows]
        self._verify(
            part,
            table,
            illegal,
            solutions,
            hashlib.sha256(repr(sorted(played)).encode()).hexdigest(),
        )
        part.hide(*solutions)
        part.reveals(
            "player",
            rows[0][0],
            [row[0] for row in rows[1:4]],
            "the player in the first row of the table of blunders",
            "player",
        )
        return part

    @staticmethod
    def _game(
        context: Context, rules: _Rules, heaps: list[int], *, cheat: bool
    ) -> tuple[list[str], int | None]:
        """A game by players of middling strength; the ply of its illegal move, if it has one."""
        rng, moves, now, bad = context.rng, list[str](), list(heaps), None
        at = rng.randint(1, 3) if cheat else 0
        while options := rules.moves(now):
            good = rules.winning(now)
            move = rng.choice(good if good and rng.random() < 0.6 else options)
            if len(moves) + 1 == at:
                size = int(move.split(">")[0])
                wrong = [n for n in range(size) if f"{size}>{n}" not in options]
                if wrong:
                    move, bad = f"{size}>{rng.choice(wrong)}", at
            moves.append(move)
            now = _apply(now, move)
        return moves, bad

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat RULES.md; head -5 puzzles.txt",
            "sqlite3 season.db .schema",
            "sqlite3 season.db 'SELECT count(*) FROM games; SELECT count(*) FROM moves; SELECT * FROM games LIMIT 3; SELECT * FROM moves LIMIT 5'",
            "grep -A3 '^## Moves' RULES.md",
            _THEORY,
            "python3 -c \"import sys; sys.path.insert(0, '/tmp'); import theory; print(theory.TAKES, [theory.value(n) for n in range(30)])\"",
            _JUDGE,
            "python3 /tmp/judge.py > /tmp/judged.tsv",
            "cut -f1 /tmp/judged.tsv | sort | uniq -c",
            "(echo game,ply; grep ^illegal /tmp/judged.tsv | cut -f2,3 | tr '\\t' , | sort -t, -n) > illegal.csv",
            "(echo player,games,moves,blunders; grep ^player /tmp/judged.tsv | cut -f2- | tr '\\t' , | LC_ALL=C sort -t, -k4,4nr -k1,1) > blunders.csv",
            "cat illegal.csv blunders.csv",
            'player=$(sed -n 2p blunders.csv | cut -d, -f1); echo "$player"',
            "python3 -c \"import sys; sys.path.insert(0, '/tmp'); import theory; [print(p.strip() + ': ' + (' '.join(theory.winning(theory.read(p))) or '-')) for p in open('puzzles.txt')]\" > solutions.txt",
        )

    @staticmethod
    def _verify(
        part: Part,
        table: list[str],
        illegal: list[tuple[int, int]],
        solutions: list[str],
        digest: str,
    ) -> None:
        bad = ["game,ply", *(f"{game},{ply}" for game, ply in sorted(illegal))]
        part.check(
            "illegal.csv lists the games with an illegal move and its ply",
            f"assert lines({part.path('illegal.csv')!r}) == {bad!r}",
        )
        part.check(
            "blunders.csv counts games, moves and blunders of each player",
            f"assert lines({part.path('blunders.csv')!r}) == {['player,games,moves,blunders', *table]!r}",
        )
        part.check(
            "solutions.txt gives every winning move of every puzzle",
            f"assert lines({part.path('solutions.txt')!r}) == {solutions!r}",
        )
        part.check(
            "the database still holds the season",
            f"""
            moves = sqlite({part.path("season.db")!r}, "SELECT * FROM moves ORDER BY game, ply")
            assert hashlib.sha256(repr(moves).encode()).hexdigest() == {digest!r}
            """,
        )
        part.helper("import hashlib")
        part.unchanged("rules and puzzles are unchanged")
        part.output("illegal.csv", "blunders.csv", "solutions.txt")


class _Rules:
    """The game's theory (Sprague-Grundy) for one set of rules."""

    def __init__(self, takes: tuple[int, ...], splits: bool) -> None:
        self.takes, self.splits = takes, splits
        self.value = cache(self._value)

    def parts(self, size: int) -> list[tuple[int, ...]]:
        """What a heap may become."""
        rests = [size - take for take in self.takes if take <= size]
        out: list[tuple[int, ...]] = [(rest,) for rest in rests]
        if self.splits:
            out += [(rest - low, low) for rest in rests for low in range(1, rest // 2 + 1)]
        return out

    def _value(self, size: int) -> int:
        seen = {self.xor(part) for part in self.parts(size)}
        return next(n for n in range(len(seen) + 1) if n not in seen)

    def xor(self, heaps: tuple[int, ...] | list[int]) -> int:
        """Zero where the player to move loses."""
        total = 0
        for heap in heaps:
            total ^= self.value(heap)
        return total

    def moves(self, heaps: list[int]) -> list[str]:
        """All moves, sorted."""
        return sorted(
            {f"{h}>{'+'.join(map(str, part))}" for h in set(heaps) for part in self.parts(h)}
        )

    def winning(self, heaps: list[int]) -> list[str]:
        """The moves that win."""
        return [move for move in self.moves(heaps) if self.xor(_apply(heaps, move)) == 0]

    def blunders(self, heaps: list[int], moves: list[str]) -> list[int]:
        """How many blunders each of the two players made."""
        count, now = [0, 0], heaps
        for ply, move in enumerate(moves):
            then = _apply(now, move)
            count[ply % 2] += bool(self.xor(now) and self.xor(then))
            now = then
        return count


def _apply(heaps: list[int], move: str) -> list[int]:
    size, parts = move.split(">")
    rest = list(heaps)
    rest.remove(int(size))
    return [heap for heap in [*rest, *map(int, parts.split("+"))] if heap]


def _show(heaps: list[int]) -> str:
    return ",".join(map(str, heaps))


def _rules(takes: tuple[int, ...], splits: bool) -> str:
    listed = ", ".join(map(str, takes[:-1])) + f" or {takes[-1]}"
    split = """\
After taking, the player may split what is left of that heap into two heaps of at least one counter
each, but need not. A split is written with the larger part first: `9>4+2` takes three from a heap of
nine and leaves heaps of four and two; `9>3+3` is a split into equal parts.
"""
    return f"""\
# House rules

A position is a list of heaps, such as `9,5,2`. Two players move in turn; the first player has the odd
plies. Who cannot move has lost. A game is played until that happens: nobody resigns.

## Moves

A move takes exactly {listed} counters from one heap, never more than it has.

It is written as the size of the heap before and after: `9>6` takes three from a heap of nine, `3>0`
removes a heap of three. Which of several equal heaps is meant makes no difference. A move that names
a size of which there is no heap is illegal.
{split if splits else "Heaps are never split or joined."}"""


_SCHEMA = """\
CREATE TABLE players(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE games(id INTEGER PRIMARY KEY, first INTEGER REFERENCES players, second INTEGER REFERENCES players, heaps TEXT NOT NULL);
CREATE TABLE moves(game INTEGER REFERENCES games, ply INTEGER, move TEXT NOT NULL);"""
_THEORY = r"""
cat > /tmp/theory.py <<'EOF'
import functools, operator, re

RULES = open("RULES.md").read()
TAKES = [int(n) for n in re.findall(r"\d+", re.search(r"takes exactly (.*) counters", RULES)[1])]
SPLITS = "may split" in RULES


def becomes(n):
    for k in TAKES:
        if k <= n:
            yield (n - k,)
            for low in range(1, (n - k) // 2 + 1) if SPLITS else ():
                yield (n - k - low, low)


@functools.lru_cache(None)
def value(n):
    seen = {total(parts) for parts in becomes(n)}
    return min(set(range(len(seen) + 1)) - seen)


def total(heaps):
    return functools.reduce(operator.xor, map(value, heaps), 0)


def read(text):
    return [int(n) for n in text.split(",")]


def moves(heaps):
    return {f"{n}>{'+'.join(map(str, parts))}": parts for n in set(heaps) for parts in becomes(n)}


def play(heaps, move):
    rest = list(heaps)
    rest.remove(int(move.split(">")[0]))
    return rest + [n for n in moves(heaps)[move] if n]


def winning(heaps):
    return sorted(m for m in moves(heaps) if total(play(heaps, m)) == 0)
EOF
"""
_JUDGE = r"""
cat > /tmp/judge.py <<'EOF'
import sqlite3
from theory import moves, play, read, total

db = sqlite3.connect("file:season.db?mode=ro", uri=True)
names = dict(db.execute("SELECT id, name FROM players"))
rows = {name: [0, 0, 0] for name in names.values()}
for game, first, second, text in db.execute("SELECT * FROM games ORDER BY id").fetchall():
    heaps, counts = read(text), [[1, 0, 0], [1, 0, 0]]
    played = db.execute("SELECT ply, move FROM moves WHERE game = ? ORDER BY ply", (game,)).fetchall()
    for ply, move in played:
        if move not in moves(heaps):
            print("illegal", game, ply, sep="\t")
            break
        after = play(heaps, move)
        mine = counts[(ply - 1) % 2]
        mine[1] += 1
        mine[2] += total(heaps) != 0 and total(after) != 0
        heaps = after
    else:
        for who, count in zip((first, second), counts):
            rows[names[who]] = [a + b for a, b in zip(rows[names[who]], count)]
for name, row in rows.items():
    print("player", name, *row, sep="\t")
EOF
"""
