"""Damaged binary saved games, to be rebuilt from autosaves and a journal of moves."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field, replace
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The game server lost power during last night's session, and some of the characters' saves in
    `{where}/saves` no longer load. {boss} wants the damaged ones rebuilt before the evening
    session: every character has autosaves (a ring of files, in `{where}/autosaves/<character>/`)
    and a journal of what was done (`{where}/journals/<character>.log`). File formats and the
    rules for rebuilding are in `{where}/docs/FORMAT.md`.
    """,
    """
    After a crash of our multiplayer server a few characters cannot log in: their files in
    `{where}/saves` fail the checksum. {boss} has promised the players that nothing is lost, as
    the autosaves (`{where}/autosaves/<character>/`) and the journals
    (`{where}/journals/<character>.log`) survived, more or less. How saves are laid out and how
    one is rebuilt is described in `{where}/docs/FORMAT.md`.
    """,
)
_WANTED = (
    """
    Replace exactly the damaged saves by rebuilt ones, byte for byte what the server would have written
    after the last usable journal entry. Also write `{where}/report.json`: a list with one object per
    damaged save, ordered by character, with `character`, `base` (file name of the autosave that was
    built on, such as `2.sav`), `replayed` (how many journal entries came on top of it), `gold`
    and `items` (the sum of all quantities) of the rebuilt save. Sound saves, autosaves, journals
    and documents must not change.
    """,
    """
    In the end every damaged save is replaced by what the server would have written, to the byte, after the last journal entry that can be used;
    all other saves, the autosaves, the journals and the documents are as before. `{where}/report.json` is to be a list of objects, one for each save that was
    damaged, ordered by character: `character`, `base` (the autosave that you started from, as a file name such as `2.sav`), `replayed` (the number of journal
    entries applied to it), and of the rebuilt save `gold` and `items`, the latter being all quantities added up.
    """,
)


@dataclass(frozen=True)
class _State:
    """What a save holds."""

    level: int
    seq: int
    gold: int
    place: tuple[int, int]
    items: dict[int, int] = field(default_factory=dict)

    def pack(self, version: int) -> bytes:
        """The save file, with its checksum."""
        body = struct.pack("<4sHHIiHHH", b"CRWL", version, self.level, self.seq, self.gold, *self.place, len(self.items))  # fmt: skip
        for item, quantity in sorted(self.items.items()):
            body += struct.pack("<HH" if version == 1 else "<HI", item, quantity)
        return body + struct.pack("<I", zlib.crc32(body))


class SaveRepair(Family):
    """Rebuild damaged saves: find the newest sound autosave, replay the journal, write the binary.

    Hard because the newest autosave may be damaged too, the ring's file numbers say nothing about
    age, layouts differ by version, journals are torn, and entries may take back earlier ones.
    """

    name = "save-repair"
    domain = "games"
    skills = ("save-format-reverse", "checksum-repair")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        who = sorted(person.login for person in names.people(context.scale(5, 10)))
        damaged = sorted(rng.sample(who, context.scale(2, 5)))
        reports: list[dict[str, object]] = []
        rebuilt: dict[str, bytes] = {}
        for character in who:
            version = rng.choice((1, 2)) if context.difficulty >= 3 else 1
            states, lines = _adventure(rng, context.scale(40, 160), context.difficulty)
            last = states[-1]
            ring = sorted(rng.sample(range(len(states) // 3, len(states) - 6), 4))
            if character in damaged and context.difficulty >= 2 and rng.random() < 0.7:
                last = _tear(rng, states, lines, ring[-1])
            part.file(f"journals/{character}.log", "".join(lines).encode())
            files = [f"{n}.sav" for n in rng.sample(range(4), 4)]
            bad = rng.choice((0, 1, 1, 2)) if context.difficulty >= 2 else rng.choice((0, 1))
            for age, (file, place) in enumerate(zip(files, ring, strict=True)):
                content = states[place].pack(version)
                broken = character in damaged and age >= 4 - bad
                part.file(
                    f"autosaves/{character}/{file}", _damage(rng, content) if broken else content
                )
            sound = last.pack(version)
            if character not in damaged:
                part.file(f"saves/{character}.sav", sound)
                continue
            part.file(f"saves/{character}.sav", _damage(rng, sound), transient=True)
            rebuilt[character] = sound
            reports.append(
                {
                    "character": character,
                    "base": files[3 - bad],
                    "replayed": last.seq - states[ring[3 - bad]].seq,
                    "gold": last.gold,
                    "items": sum(last.items.values()),
                }
            )
        part.file("docs/FORMAT.md", _format(context.difficulty).encode())
        part.title = "rebuild damaged saved games"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        self._verify(part, reports, rebuilt)
        richest = max(reports, key=lambda report: (report["gold"], report["character"]))
        others = [name for name in who if name != richest["character"]]
        part.hide(*(json.dumps(name) for name in damaged))
        part.reveals(
            "character",
            str(richest["character"]),
            others[:3],
            "the character who owns the most gold of those whose save was damaged",
            "character",
        )
        return part

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat docs/FORMAT.md",
            "ls -l saves autosaves/* journals | head -60",
            'f=$(ls saves/*.sav | head -1); od -A d -t x1z "$f" | head; tail -4 journals/$(basename "$f" .sav).log',
            _CODEC,
            "python3 /tmp/codec.py saves/*.sav",
            "python3 /tmp/codec.py saves/*.sav | awk '$2 == \"damaged\" {print $1}' > /tmp/damaged.txt; cat /tmp/damaged.txt",
            'for c in $(cat /tmp/damaged.txt); do echo "$c"; python3 /tmp/codec.py autosaves/$c/*.sav; done',
            "for c in $(cat /tmp/damaged.txt); do tail -2 journals/$c.log; done",
            _REPLAY,
            "for c in $(cat /tmp/damaged.txt); do python3 /tmp/replay.py $c; done | tee /tmp/report.jsonl",
            "python3 /tmp/codec.py saves/*.sav",
            "character=$(jq -rs 'max_by(.gold).character' /tmp/report.jsonl); echo $character",
            "jq -s 'sort_by(.character)' /tmp/report.jsonl > report.json",
        )

    @staticmethod
    def _verify(part: Part, reports: list[dict[str, object]], rebuilt: dict[str, bytes]) -> None:
        part.check(
            "report.json tells base, replayed entries, gold and items of each damaged save",
            f"assert json_file({part.path('report.json')!r}) == {reports!r}",
        )
        for character, content in rebuilt.items():
            part.check(
                f"the save of {character} is what the server would have written",
                f"assert data({part.path(f'saves/{character}.sav')!r}).hex() == {content.hex()!r}",
            )
        part.unchanged("sound saves, autosaves, journals and documents are unchanged")
        part.check(
            "no saves were added or removed",
            f"""
            import os
            assert sorted(os.listdir({part.path("saves")!r})) == {sorted(p.rsplit("/", 1)[1] for p in part.files if "/saves/" in p)!r}
            """,
        )
        part.output("report.json")
        first = f"saves/{next(iter(rebuilt))}.sav"
        part.mutate(
            f"truncate -s -1 {first}",
            f"printf '\\001' | dd of={first} bs=1 seek=13 conv=notrunc",
            f"rm {first}",
        )


def _adventure(rng: Random, length: int, difficulty: int) -> tuple[list[_State], list[str]]:
    """The states after each journal entry, and the journal; `states[n]` has seen `n` entries more."""
    seq = rng.randint(100, 9000)
    states = [_State(rng.randint(1, 9), seq, rng.randint(50, 900), (3, 4), {7: 2, 12: 1})]
    lines: list[str] = []
    gifts: dict[int, int] = {}
    for _ in range(length):
        old, seq = states[-1], seq + 1
        kind = rng.choice(["GOLD", "TAKE", "MOVE", "GOLD", "TAKE", "DROP", "LEVEL", "MOVE"])
        recent = [number for number in gifts if number > seq - 30]
        if difficulty >= 4 and recent and rng.random() < 0.08:
            taken = rng.choice(recent)
            new = replace(old, gold=old.gold - gifts.pop(taken))
            lines.append(_line(f"{seq:06d} UNDO {taken}"))
        elif kind == "GOLD":
            gifts[seq] = rng.randint(-min(old.gold, 60), 150)
            new = replace(old, gold=old.gold + gifts[seq])
            lines.append(_line(f"{seq:06d} GOLD {gifts[seq]:+d}"))
        elif kind == "TAKE" or (kind == "DROP" and not old.items):
            item, count = rng.randint(1, 40), rng.randint(1, 5)
            new = replace(old, items={**old.items, item: old.items.get(item, 0) + count})
            lines.append(_line(f"{seq:06d} TAKE {item} {count}"))
        elif kind == "DROP":
            item = rng.choice(sorted(old.items))
            count = rng.randint(1, old.items[item])
            left = {**old.items, item: old.items[item] - count}
            new = replace(old, items={key: value for key, value in left.items() if value})
            lines.append(_line(f"{seq:06d} DROP {item} {count}"))
        elif kind == "LEVEL":
            new = replace(old, level=old.level + 1)
            lines.append(_line(f"{seq:06d} LEVEL {new.level}"))
        else:
            new = replace(old, place=(rng.randint(0, 90), rng.randint(0, 60)))
            lines.append(_line(f"{seq:06d} MOVE {new.place[0]} {new.place[1]}"))
        states.append(replace(new, seq=seq))
    return states, lines


def _line(text: str) -> str:
    return f"{text} *{sum(text.encode()) % 256:02x}\n"


def _tear(rng: Random, states: list[_State], lines: list[str], after: int) -> _State:
    """Damage one late entry; gives the state before it, which is the last that can be had."""
    place = rng.randint(after + 1, len(lines) - 2)
    text, mark = lines[place].rstrip("\n").rsplit(" *", 1)
    lines[place] = f"{text[:-1]}{(int(text[-1]) + 3) % 10} *{mark}\n"
    return states[place]


def _damage(rng: Random, content: bytes) -> bytes:
    """A flipped byte, a lost tail or a wiped one."""
    kind = rng.choice(("flip", "cut", "wipe"))
    if kind == "cut":
        return content[: rng.randint(15, len(content) - 3)]
    if kind == "wipe":
        return content[:-6] + bytes(6)
    place = rng.randint(8, 16)
    return content[:place] + bytes([content[place] ^ rng.randint(1, 255)]) + content[place + 1 :]


def _format(difficulty: int) -> str:
    second = "`version` 2 has items with a quantity of four bytes (u32) instead.\n"
    undo = "| `UNDO s` | takes back the GOLD entry with sequence number s: gold changes by the opposite. That entry may be older than the autosave |\n"
    return f"""\
# Saves

All numbers are little-endian; u is unsigned, i signed, and the number is the width in bits.

| field | type |
|---|---|
| magic | the four bytes `CRWL` |
| version | u16 |
| level | u16 |
| sequence number of the last journal entry that is contained | u32 |
| gold | i32 |
| x, y | u16, u16 |
| number of different items | u16 |
| items, ascending by id | id u16, quantity u16 each |
| checksum | u32: CRC-32 (as in zlib and PNG) of all bytes before it |

{second if difficulty >= 3 else ""}A file is sound if its length is exactly what its fields say and its checksum holds.

# Journals

One entry per line: a six-digit sequence number, a verb, its arguments, and `*` with a two-digit hex
checksum: the sum of all bytes before the blank in front of the asterisk, modulo 256.

| entry | effect |
|---|---|
| `GOLD n` | gold changes by n |
| `TAKE id n` | n more of the item |
| `DROP id n` | n fewer of it; an item of which none is left is not stored |
| `MOVE x y` | the new place |
| `LEVEL n` | the new level |
{undo if difficulty >= 4 else ""}
# Rebuilding

Start from the sound autosave with the highest sequence number (the file numbers of the ring say
nothing), and apply the journal's entries with a higher number. The first entry whose checksum does
not hold ends the journal: neither it nor anything after it counts. The version stays that of the
autosave.
"""


_CODEC = r"""
cat > /tmp/codec.py <<'EOF'
import os, struct, sys, zlib

HEAD = "<4sHHIiHHH"


def load(path):
    raw = open(path, "rb").read()
    if len(raw) < 26:
        return None
    magic, version, level, seq, gold, x, y, count = struct.unpack_from(HEAD, raw)
    item = struct.Struct("<HH" if version == 1 else "<HI")
    if len(raw) != 22 + count * item.size + 4 or zlib.crc32(raw[:-4]) != struct.unpack("<I", raw[-4:])[0]:
        return None
    items = dict(item.unpack_from(raw, 22 + n * item.size) for n in range(count))
    return dict(version=version, level=level, seq=seq, gold=gold, x=x, y=y, items=items)


def dump(s):
    raw = struct.pack(HEAD, b"CRWL", s["version"], s["level"], s["seq"], s["gold"], s["x"], s["y"], len(s["items"]))
    for pair in sorted(s["items"].items()):
        raw += struct.pack("<HH" if s["version"] == 1 else "<HI", *pair)
    return raw + struct.pack("<I", zlib.crc32(raw))


if __name__ == "__main__":
    for path in sys.argv[1:]:
        state = load(path)
        name = os.path.basename(path)[:-4]
        print(name, "damaged" if state is None else f"sound seq={state['seq']} v{state['version']} gold={state['gold']}")
EOF
"""
_REPLAY = r"""
cat > /tmp/replay.py <<'EOF'
import glob, json, os, sys
from codec import dump, load

who = sys.argv[1]
sound = {path: state for path in glob.glob(f"autosaves/{who}/*.sav") if (state := load(path))}
base = max(sound, key=lambda path: sound[path]["seq"])
state, replayed, amounts = sound[base], 0, {}
for line in open(f"journals/{who}.log"):
    body, mark = line.rstrip("\n").rsplit(" *", 1)
    if sum(body.encode()) % 256 != int(mark, 16):
        break
    seq, verb, *rest = body.split()
    n = [int(x) for x in rest]
    if verb == "GOLD":
        amounts[int(seq)] = n[0]
    if int(seq) <= state["seq"]:
        continue
    state["seq"], replayed, items = int(seq), replayed + 1, state["items"]
    if verb == "GOLD":
        state["gold"] += n[0]
    elif verb == "UNDO":
        state["gold"] -= amounts[n[0]]
    elif verb == "MOVE":
        state["x"], state["y"] = n
    elif verb == "LEVEL":
        state["level"] = n[0]
    else:
        items[n[0]] = items.get(n[0], 0) + (n[1] if verb == "TAKE" else -n[1])
        if not items[n[0]]:
            del items[n[0]]
open(f"saves/{who}.sav", "wb").write(dump(state))
print(json.dumps(dict(character=who, base=os.path.basename(base), replayed=replayed, gold=state["gold"], items=sum(state["items"].values()))))
EOF
"""
