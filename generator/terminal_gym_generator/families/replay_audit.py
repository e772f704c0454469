"""Replays whose claimed results are checked by running the game's own engine again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The season's leaderboard of our mining game is to be published, and {boss} doubts one of the
    entries. The replays handed in are in `{where}/replays`, the engine's source in
    `{where}/engine`. The engine is deterministic: from a replay's seed and its recorded inputs it
    must reproduce the score and the checkpoints that the client wrote down. Please run every
    replay through it and tell us which are genuine.
    """,
    """
    Before the prizes of the mining league go out, {boss} wants each replay in
    `{where}/replays` verified against the game's engine (`{where}/engine`). The engine
    has no hidden state: seed and inputs determine everything, so a client that was tampered with
    shows in checkpoints or in the final score that the engine does not reproduce.
    """,
)
_WANTED = (
    """
    Write `{where}/audit.csv` with the header `replay,player,claimed,actual,verdict,first_bad_tick`, one
    row per replay, ordered by replay id as plain text. `claimed` is the score in the replay, `actual`
    the engine's. The verdict is `genuine` if score and all checkpoints agree, `forged-score` if only
    the score differs, `desync` if a checkpoint differs, and `incomplete` if a replay's last recorded
    input lies before its declared number of ticks (`actual` is then the score after the inputs that
    are there; no other verdict applies). `first_bad_tick` is the tick of the first checkpoint that
    differs, and empty unless the verdict is `desync`. Also write `{where}/standings.txt`: the
    players of the genuine replays, one line `rank player score` each, best score first, each player
    once with the best genuine replay, players with equal scores by name; ranks are 1, 2, 3 and so on.
    Engine and replays must stay as they are.
    """,
    """
    Two lists are needed. `{where}/audit.csv`: header `replay,player,claimed,actual,verdict,first_bad_tick`, all replays in the plain-text order of their ids, with the
    score that the replay claims and the one that the engine arrives at. A replay whose recorded inputs end before its declared number of ticks is `incomplete`, whatever else is
    wrong with it, and its actual score is the one after the inputs that exist. Else it is a `desync` if any checkpoint differs (only then `first_bad_tick` is filled in, with the tick of the
    first that does), `forged-score` if just the final score does, and `genuine` if everything agrees. `{where}/standings.txt`: lines
    `rank player score`, ranks counted 1, 2, 3 and so on, for everybody with a genuine replay, by their best one, highest score first and equal scores by player's name. Leave engine and replays unchanged.
    """,
)


@dataclass(frozen=True)
class _Rules:
    """The constants that make each instance's engine its own."""

    multiplier: int
    increment: int
    width: int
    vein: int
    tax_every: int
    bonus: int


class ReplayAudit(Family):
    """Re-simulate replays with an engine given as source and tell forged ones from honest ones.

    Hard because the engine has to be driven from code, checkpoints carry a state hash, forgeries are
    of several kinds, and an honest replay may hold unknown inputs that the engine ignores.
    """

    name = "replay-audit"
    domain = "games"
    skills = ("deterministic-replay", "cheat-detection", "tournament-standings")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        rules = _Rules(
            rng.choice((1103515245, 22695477, 1664525, 134775813)),
            rng.choice((12345, 1, 1013904223)),
            rng.randint(7, 15),
            rng.randint(4, 9),
            rng.randint(11, 29),
            rng.randint(2, 6),
        )
        players = [person.login for person in names.people(context.scale(5, 9))]
        count = context.scale(8, 24)
        kinds = ["desync", "forged-score", "incomplete"][: 2 + (context.difficulty >= 2)]
        kinds += rng.choices(kinds, k=context.scale(0, 4))
        kinds += ["genuine"] * (count - len(kinds))
        rng.shuffle(kinds)
        rows: list[tuple[str, str, int, int, str, str]] = []
        for kind in kinds:
            replay = f"r{names.token(5)}"
            player = rng.choice(players)
            rows.append(
                self._replay(part, context, rules, replay, player, kind, context.scale(60, 400))
            )
        part.file("engine/engine.py", _ENGINE.format(r=rules).encode())
        part.file("engine/README.md", _README.encode())
        part.title = "verify replays"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        best: dict[str, int] = {}
        for _, player, _, actual, verdict, _ in rows:
            if verdict == "genuine":
                best[player] = max(actual, best.get(player, actual))
        order = sorted(best.items(), key=lambda entry: (-entry[1], entry[0]))
        standings = [f"{n} {player} {score}" for n, (player, score) in enumerate(order, 1)]
        self._verify(part, sorted(rows), standings)
        forged = next(row for row in sorted(rows) if row[4] == "desync")
        part.hide(*(row[0] for row in rows))
        part.reveals(
            "replay",
            forged[0],
            [row[0] for row in rows if row != forged][:3],
            "the first replay in the audit, in its order, whose verdict is `desync`",
            "replay",
        )
        return part

    @staticmethod
    def _replay(
        part: Part, context: Context, rules: _Rules, name: str, player: str, kind: str, ticks: int
    ) -> tuple[str, str, int, int, str, str]:
        """Write one replay; gives its row of the audit."""
        rng = context.rng
        seed = rng.randint(1, 2**31 - 1)
        inputs = [rng.choices("LRDDDW", k=1)[0] for _ in range(ticks)]
        if context.difficulty >= 3:
            inputs = [rng.choice("XQ") if rng.random() < 0.05 else key for key in inputs]
        score, states = _simulate(rules, seed, inputs)
        every = rng.choice((5, 8, 10))
        marks = {str(t): states[t - 1] for t in range(every, ticks + 1, every)}
        claimed, actual, bad = score, score, ""
        if kind == "forged-score":
            claimed += rng.choice((1, 10, 25)) * rng.randint(1, 9)
        elif kind == "incomplete":
            inputs = inputs[: rng.randint(ticks // 2, ticks - 1)]
            actual = _simulate(rules, seed, inputs)[0]
        elif kind == "desync":
            # The client let the player have a different input at one tick.
            at = rng.randint(ticks // 4, ticks // 2)
            while True:
                other = [*inputs[:at], rng.choice("LRDW"), *inputs[at + 1 :]]
                claimed, theirs = _simulate(rules, seed, other)
                marks = {mark: theirs[int(mark) - 1] for mark in marks}
                wrong = [mark for mark in marks if marks[mark] != states[int(mark) - 1]]
                if wrong:
                    bad = wrong[0]
                    break
                at = rng.randint(0, ticks // 2)
        replay = {
            "id": name,
            "player": player,
            "client": f"2.{rng.randint(0, 9)}.{rng.randint(0, 30)}",
            "seed": seed,
            "ticks": ticks,
            "inputs": _runs(inputs),
            "checkpoints": marks,
            "score": claimed,
        }
        part.file(f"replays/{name}.json", (json.dumps(replay) + "\n").encode())
        return name, player, claimed, actual, kind, bad

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat engine/README.md",
            "cat engine/engine.py",
            "ls replays | wc -l; cut -c1-400 replays/$(ls replays | head -1)",
            "jq -r '[.id, .player, .client, .ticks, .score] | @tsv' replays/*.json",
            _EXPAND,
            "for f in replays/*.json; do python3 /tmp/expand.py $f > /tmp/$(basename $f .json).keys; done; wc -c /tmp/*.keys | tail -1",
            "cut -c1-60 /tmp/$(ls replays | head -1 | cut -d. -f1).keys",
            _AUDIT,
            "PYTHONDONTWRITEBYTECODE=1 python3 /tmp/audit.py > /tmp/rows.csv",
            "cut -d, -f5 /tmp/rows.csv | sort | uniq -c",
            "replay=$(LC_ALL=C sort /tmp/rows.csv | grep -m1 ,desync, | cut -d, -f1); echo $replay",
            "(echo replay,player,claimed,actual,verdict,first_bad_tick; LC_ALL=C sort -t, -k1,1 /tmp/rows.csv) > audit.csv",
            "awk -F, '$5 == \"genuine\" && (!($2 in best) || $4 > best[$2]) {best[$2] = $4} END {for (p in best) print p, best[p]}' audit.csv | LC_ALL=C sort -k2,2nr -k1,1 | awk '{print NR, $0}' > standings.txt",
        )

    @staticmethod
    def _verify(
        part: Part, rows: list[tuple[str, str, int, int, str, str]], standings: list[str]
    ) -> None:
        audit = part.path("audit.csv")
        header = "replay,player,claimed,actual,verdict,first_bad_tick"
        part.check(
            "audit.csv holds every replay once, in order",
            f"assert [x.split(',')[0] for x in lines({audit!r})] == {['replay', *(r[0] for r in rows)]!r}",
        )
        for what, chosen in (
            ("genuine", [row for row in rows if row[4] == "genuine"]),
            ("other", [row for row in rows if row[4] != "genuine"]),
        ):
            part.check(
                f"the rows of the {what} replays are right",
                f"""
                found = lines({audit!r})
                assert found[0] == {header!r}
                for row in {[",".join(map(str, row)) for row in chosen]!r}:
                    assert row in found, row
                """,
            )
        part.check(
            "standings.txt ranks the genuine replays",
            f"assert lines({part.path('standings.txt')!r}) == {standings!r}",
        )
        part.unchanged("engine and replays are unchanged")
        part.output("audit.csv", "standings.txt")


def _simulate(rules: _Rules, seed: int, inputs: list[str]) -> tuple[int, list[str]]:
    """The engine, written a second time: the final score and the state after each tick."""
    state, x, depth, score, states = seed, rules.width // 2, 0, 0, []
    for tick, key in enumerate(inputs, 1):
        if key in "LR":
            x = (x + (1 if key == "R" else -1)) % rules.width
        elif key == "D":
            depth += 1
            state = (state * rules.multiplier + rules.increment) % 2**31
            roll = (state >> 16) % rules.vein
            if roll == x % rules.vein:
                score += rules.bonus + depth
        elif key == "W":
            score += depth // 10
        if tick % rules.tax_every == 0:
            score -= score // 20
        states.append(f"{x}:{depth}:{score}:{state & 0xFFFF:04x}")
    return score, states


def _runs(inputs: list[str]) -> str:
    """Inputs as the client stores them: `3D` for three times D, `D` for one."""
    out: list[tuple[int, str]] = []
    for key in inputs:
        if out and out[-1][1] == key:
            out[-1] = (out[-1][0] + 1, key)
        else:
            out.append((1, key))
    return "".join(f"{count if count > 1 else ''}{key}" for count, key in out)


_ENGINE = '''\
"""The rules of the mine. One instance is one game; call `step` once per tick."""

WIDTH = {r.width}
VEIN = {r.vein}
TAX_EVERY = {r.tax_every}
BONUS = {r.bonus}


class Mine:
    def __init__(self, seed):
        self._random = seed
        self.x = WIDTH // 2
        self.depth = 0
        self.score = 0
        self.tick = 0

    def _roll(self, sides):
        self._random = (self._random * {r.multiplier} + {r.increment}) % 2**31
        return (self._random >> 16) % sides

    def step(self, key):
        self.tick += 1
        if key == "L":
            self.x = (self.x - 1) % WIDTH
        elif key == "R":
            self.x = (self.x + 1) % WIDTH
        elif key == "D":
            self.depth += 1
            if self._roll(VEIN) == self.x % VEIN:
                self.score += BONUS + self.depth
        elif key == "W":
            self.score += self.depth // 10
        if self.tick % TAX_EVERY == 0:
            self.score -= self.score // 20

    def checkpoint(self):
        return f"{{self.x}}:{{self.depth}}:{{self.score}}:{{self._random & 0xFFFF:04x}}"
'''
_README = """\
# Engine and replays

`engine.Mine(seed)` is one game. The client calls `step(key)` once per tick, with the key held in that
tick: `L`, `R`, `D` (dig), `W` (wait). Any other key does nothing but let the tick pass.

A replay is one JSON object. `inputs` holds one key per tick, runs shortened to a count and the key:
`3DL2W` stands for D, D, D, L, W, W. `checkpoints` maps tick numbers to what `checkpoint()` gave right
after that tick on the client, and `score` is the score after the last tick. `ticks` is how many ticks
the game had.
"""
_EXPAND = r"""
cat > /tmp/expand.py <<'EOF'
import json, re, sys

text = json.load(open(sys.argv[1]))["inputs"]
print("".join(int(n or 1) * key for n, key in re.findall(r"(\d*)(\D)", text)))
EOF
"""
_AUDIT = r"""
cat > /tmp/audit.py <<'EOF'
import glob, json, sys

sys.path.insert(0, "engine")
from engine import Mine

for path in sorted(glob.glob("replays/*.json")):
    replay = json.load(open(path))
    keys = open(f"/tmp/{replay['id']}.keys").read().strip()
    game, bad = Mine(replay["seed"]), ""
    for tick, key in enumerate(keys, 1):
        game.step(key)
        mark = replay["checkpoints"].get(str(tick))
        if mark is not None and mark != game.checkpoint() and not bad:
            bad = tick
    verdict = "genuine" if game.score == replay["score"] else "forged-score"
    if len(keys) < replay["ticks"]:
        verdict, bad = "incomplete", ""
    elif bad:
        verdict = "desync"
    print(replay["id"], replay["player"], replay["score"], game.score, verdict, bad, sep=",")
EOF
"""
