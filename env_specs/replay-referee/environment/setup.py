"""Makes the tournament: rules, a bulletin, and 27 score sheets, some with faults nobody noticed."""

import random
from pathlib import Path

APP = Path("/app")
PLAYERS = ["Aldous", "Brina", "Corvin", "Dorte", "Emeric", "Fanny", "Goran", "Hedda"]
COLUMNS = "abcdef"
OTHER = {"W": "B", "B": "W"}
OFFERS = ("short", "draw", "stale offer", "declined")
CLAIM = {"W": "1-0", "B": "0-1", "D": "1/2-1/2"}

# Game: what happens in it, and from which half-move on.
PLANS = {
    "r1-b2": ("rest", 9), "r1-b3": ("slips", 6), "r2-b1": ("time", 14), "r2-b3": ("straight", 8),
    "r2-b4": ("resign", 26), "r3-b1": ("forced pass", 0), "r3-b2": ("clock", 12), "r3-b4": ("stale offer", 16),
    "r4-b1": ("late time", 30), "r4-b2": ("last second", 18), "r4-b3": ("pass", 13), "r4-b4": ("wrong claim", 0),
    "r5-b1": ("post", 0), "r5-b2": ("short", 20), "r5-b4": ("draw", 21), "r6-b1": ("two slips", 7),
    "r6-b2": ("backward", 17), "r6-b3": ("declined", 12), "r7-b1": ("count", 24),
    "r7-b3": ("sideways", 21),
}
# Which throw of the dice brings a game about in which the plan comes true (the others: the first).
DICE = {"r1-b1": 1, "r1-b2": 2, "r1-b4": 2, "r2-b2": 3, "r2-b3": 2, "r3-b1": 19726, "r3-b4": 1, "r4-b3": 1, "r6-b4": 1, "r7-b3": 2}


class Game:
    """A game as it was written down, faults included; `end` is what the rules say about it."""

    def __init__(self, rng, plan, at, seconds):
        self.rng, self.plan, self.at = rng, plan, at
        self.board = {(c, r): side for c in range(6) for side, rows in (("W", (0, 1)), ("B", (4, 5))) for r in rows}
        self.rest = {"W": None, "B": None}
        self.clock = {"W": seconds, "B": seconds}
        self.slips = {"W": 0, "B": 0}
        self.turns, self.end, self.forced = [], None, 0

    def stones(self, side):
        return sum(owner == side for owner in self.board.values())

    def finish(self, result, reason):
        """The rules' verdict; only the first one counts."""
        if self.end is None:
            left = self.stones("W"), self.stones("B")
            self.end = (result, reason, len(self.turns), *left, self.slips["W"], self.slips["B"])

    def steps(self, side, stones):
        """Moves of `stones` under rule 2."""
        ahead = 1 if side == "W" else -1
        for c, r in stones:
            for d in (-1, 0, 1):
                to = (c + d, r + ahead)
                free = to not in self.board or (d and self.board[to] == OTHER[side])
                if 0 <= to[0] < 6 and 0 <= to[1] < 6 and free:
                    yield (c, r), to

    def legal(self, side):
        mine = sorted(s for s, owner in self.board.items() if owner == side and s != self.rest[side])
        return list(self.steps(side, mine))

    def illegal(self, side):
        """Moves that break just the rule that the plan names."""
        mine = sorted(s for s, owner in self.board.items() if owner == side and s != self.rest[side])
        ahead = 1 if side == "W" else -1
        if self.plan == "rest" and self.board.get(self.rest[side]) == side:
            return list(self.steps(side, [self.rest[side]]))
        if self.plan == "straight":
            return [(s, (s[0], s[1] + ahead)) for s in mine if self.board.get((s[0], s[1] + ahead)) == OTHER[side]]
        if self.plan == "backward":
            back = [(s, (s[0], s[1] - ahead)) for s in mine if 0 <= s[1] - ahead < 6]
            return [move for move in back if move[1] not in self.board]
        if self.plan == "sideways":
            return [(s, (s[0] + 1, s[1])) for s in mine if self.board.get((s[0] + 1, s[1])) == OTHER[side]]
        return []

    def think(self, side, now):
        """Seconds for a turn; the plan may make them too many, or just enough."""
        room, used = self.clock[side], self.rng.randint(3, 14)
        extra = {"time": 1, "clock": 300, "last second": 0}
        if now == self.at and self.plan in extra:
            return room + extra[self.plan]
        if self.plan == "late time" and side == "W":
            return 22
        return max(min(used, room - 1), 0)

    def write(self, side, token):
        used = self.think(side, len(self.turns) + 1)
        self.turns.append(f"{token}{{{used}}}")
        if used > self.clock[side] and self.plan != "clock":
            self.finish(OTHER[side], "time")
        self.clock[side] += 5 - used

    def move(self, side, move, offer, wrong):
        """Carry a move out, as the players did; gives the winner where the board shows one."""
        (c, r), to = move
        hit = to in self.board
        sign = "x" if hit != wrong else "-"
        self.write(side, f"{COLUMNS[c]}{r + 1}{sign}{COLUMNS[to[0]]}{to[1] + 1}{offer}")
        if move not in self.legal(side):
            self.finish(OTHER[side], "illegal")
        del self.board[(c, r)]
        self.board[to] = side
        self.rest[side] = to if hit else None
        if wrong and not self.end:
            self.slips[side] += 1
            if self.slips[side] == 2:
                self.finish(OTHER[side], "slips")
        reached = to[1] == (5 if side == "W" else 0)
        if reached or not self.stones(OTHER[side]):
            self.finish(side, "reach" if reached else "bare")
            return side
        return ""

    def choose(self, moves):
        return self.rng.choices(moves, [5 if to in self.board else 2 if a == to[0] else 3 for (a, _), to in moves])[0]

    def words(self, side, now, due, offered):
        """What a player writes in place of a move in this plan, and the result that both believe in."""
        if offered and self.plan in ("short", "draw"):
            self.write(side, "=")
            self.finish("D" if self.plan == "draw" else "0", self.plan)
            return "D"
        if self.plan == "stale offer" and now == self.at + 2 and not self.end:
            self.write(side, "=")
            self.finish(OTHER[side], "illegal")
            return "D"
        if self.plan == "resign" and due:
            self.write(side, "resign")
            self.finish(OTHER[side], "resign")
            return OTHER[side]
        if self.plan == "count" and now > self.at:
            white, black = self.stones("W"), self.stones("B")
            winner = "W" if white > black else "B" if black > white else "D"
            self.finish(winner, "count")
            return "D"
        return ""

    def play(self):
        """Play to the end that the players believe in; gives their result."""
        side, offered, believed, after = "W", False, "", 0
        while True:
            now = len(self.turns) + 1
            due = now >= self.at and not self.end
            said = self.words(side, now, due, offered)
            if said or after > 5:
                return said or believed
            moves, bad = self.legal(side), self.illegal(side) if due else []
            offered = self.plan in OFFERS and now == self.at - 1
            if not moves or self.plan == "pass" and due:
                self.forced += not moves
                self.write(side, "--")
                if moves:
                    self.finish(OTHER[side], "illegal")
                self.rest[side] = None
            else:
                slip = self.plan == "slips" and side == "B" and self.slips["B"] < 2
                slip = due and (slip or self.plan == "two slips" and not self.slips[side])
                move = self.rng.choice(bad) if bad else self.choose(moves)
                won = self.move(side, move, "=" if offered else "", bool(slip and self.rng.random() < 0.6))
                believed = believed or won
            if believed and (self.plan != "post" or not self.stones(OTHER[side])):
                return believed
            after += bool(believed)
            side = OTHER[side]


def make(name, plan="", at=0, seconds=300):
    rng = random.Random(f"ford {name} {DICE.get(name, 0)}")
    game = Game(rng, plan, at, seconds)
    return game, game.play(), rng


def sheet(game, claim, pair, rnd, rng, note=""):
    out = [f"White: {pair[0]}", f"Black: {pair[1]}", f"Round: {rnd}", f"Result: {CLAIM[claim]}", ""]
    words = []
    for n, turn in enumerate(game.turns):
        words.append(f"{n // 2 + 1}. {turn}" if n % 2 == 0 else turn)
        if rng.random() < 0.06:
            words.append(rng.choice(["(better {})", "(not {} at once)", "({} was playable, says the loser)"]).format(
                f"{rng.choice(COLUMNS)}{rng.randint(2, 5)}-{rng.choice(COLUMNS)}{rng.randint(2, 5)}{{1}}"))
    line = ""
    for word in words:
        if len(line) + len(word) > 62:
            out.append(line + (rng.choice([" ; c4-c5 was expected", " ; a long think"]) if rng.random() < 0.15 else ""))
            line = ""
        line = f"{line} {word}".strip()
    return "\n".join([*out, line, *([note] if note else [])]) + "\n"


def pairs():
    """Round robin by the circle method."""
    ring = PLAYERS[1:]
    for rnd in range(7):
        row = [PLAYERS[0], *ring]
        yield [(row[i], row[7 - i])[:: 1 if (rnd + i) % 2 else -1] for i in range(4)]
        ring = ring[-1:] + ring[:-1]


RULES = """# Ford: rules

1. The board has the columns a to f and the rows 1 to 6. White begins with stones on all of rows
   1 and 2 and moves towards row 6, Black with stones on all of rows 5 and 6 and moves towards
   row 1. White has the first turn.
2. A turn moves one's own stone by one row ahead: straight, on to an empty square, or diagonally, on
   to an empty square or one with the opponent's stone, which is captured. Nothing else is a move.
3. A stone that has captured rests: it may not be moved in its owner's next turn.
4. Who has no move left under rules 2 and 3 passes, written `--`. Nobody else may pass.
5. Who brings a stone to the opponent's last row wins (`reach`); so does who captures the opponent's
   last stone (`bare`). A player may write `resign` in place of a move and loses.
6. `=` right behind a move offers a draw. The opponent may accept in the very next turn by
   writing `=` in place of a move (`draw`); any other turn declines. If either player has made fewer
   than ten turns by then, the accepting `=` not counted, neither gets anything (`short`). `=` in
   place of a move with no offer standing is an illegal move.
7. A move that captures is written with `x`, another one with `-`. The wrong sign is a slip: the
   move stands. With their second slip in a game a player has lost (`slips`), whatever the move did.
8. Each player has 300 seconds at the start. Behind each turn stand the seconds it took, in braces.
   Who uses more than what is left has lost (`time`) and the turn is not carried out; its legality
   does not matter any more. After each turn the player's clock gains 5 seconds.
9. Who makes an illegal move has lost (`illegal`), and the move is not carried out.
10. Whatever ends a game ends it: what stands behind it on the sheet is of no account. Nobody but
    the referee needs to notice. What the players wrote as the result binds nobody.
11. A sheet that stops before any of this has happened is decided by the stones on the board: more
    stones win, the same number is a draw (`count`).
12. A win is worth two points, a draw one. Equal totals are ordered by the points from the games
    among just those players who have that total; then by the difference (own stones left minus
    opponent's stones left, over all games that have a valid sheet), then by fewer slips (in all
    games, up to their end), then by name.

Sheets: `(...)` is analysis, `;` begins a remark up to the end of the line; neither is play.
Turns are counted in half-moves, from 1: White's first turn is 1, Black's first is 2.
"""
BULLETIN = """Bulletin no. 1, before round 3
  Round 2, board 4: both players handed in a sheet, and they differ. The referee of the day watched
  the end: Black resigned. The sheet that says so is valid, the other one void.
Bulletin no. 2, after round 3
  Round 3, board 2: the clock was broken. No loss on time in this game.
  From round 4 on each player starts with 250 seconds.
Bulletin no. 3, after round 6
  Hedda has left. Her game of round 7 was not played and is a win for her opponent (`forfeit`, half-
  move 0). It has no sheet, no stones and no slips.
"""


def build():
    expected = {}
    (APP / "sheets").mkdir(parents=True)
    for rnd, row in enumerate(pairs(), 1):
        for board, pair in enumerate(row, 1):
            name = f"r{rnd}-b{board}"
            if rnd == 7 and "Hedda" in pair:
                expected[name] = (*pair, "B" if pair[0] == "Hedda" else "W", "forfeit", 0, 0, 0, 0, 0)
                continue
            plan, at = PLANS.get(name, ("", 0))
            game, claim, rng = make(name, plan, at, 300 if rnd < 4 else 250)
            if plan == "wrong claim":
                claim = "B" if claim == "W" else "W"
            expected[name] = (*pair, *game.end)
            if name == "r2-b4":
                other, other_claim, _ = make(f"{name} void")
                text = sheet(other, "W" if other_claim == "B" else other_claim, pair, rnd, rng)
                (APP / f"sheets/{name}.white.txt").write_text(text)
                (APP / f"sheets/{name}.black.txt").write_text(sheet(game, claim, pair, rnd, rng))
            else:
                (APP / f"sheets/{name}.txt").write_text(sheet(game, claim, pair, rnd, rng))
    (APP / "rules.md").write_text(RULES)
    (APP / "bulletin.txt").write_text(BULLETIN)
    return expected


if __name__ == "__main__":
    build()
