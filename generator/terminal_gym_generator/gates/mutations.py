"""The mutation gate: whatever is changed in the oracle's results must cost the reward.

Result files are damaged in five ways with a seeded generator; a task's own commands damage what is
no plain file. A verifier that looks at presence or form only does not notice, and is refused.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from random import Random

from terminal_gym.sandbox.base import Sandbox
from terminal_gym_generator.gates.trial import SOLVED, Rejected, Trial, one_line
from terminal_gym_generator.rng import rng_for

LEAST = 5
_ENOUGH, _OF_FILES = 6, 4  # in all, and of those of files; or one for each file, if that is more
_NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?![\w.])")
_DECIMAL = re.compile(r"(?<![\w.])(\d{1,15})(?=\.\d)")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9]")
_WRITE = ["/bin/bash", "-c", 'cat > "$1"', "write"]  # keeps the file's owner and mode


@dataclass(frozen=True)
class Damage:
    """One change of one result file; no content means that the file is removed."""

    path: str
    what: str
    content: bytes | None


def mutations(trial: Trial) -> str:
    """At least five seeded changes of what the oracle left earn less than 1 each."""
    assert trial.record.verifier
    damages, commands = list(_damages(trial)), trial.record.verifier.mutations.commands
    if len(damages) + len(commands) < LEAST:
        raise Rejected(f"only {len(damages) + len(commands)} changes to try, {LEAST} are needed")
    for damage in damages:
        with trial.solved() as sandbox:
            _apply(damage, sandbox)
            if trial.earns(sandbox) >= SOLVED:
                raise Rejected(f"not noticed: {damage.what} in {damage.path}")
    for command in commands:
        with trial.solved() as sandbox:
            sandbox.run(["/bin/bash", "-c", command], user="root")
            if trial.earns(sandbox) >= SOLVED:
                raise Rejected(f"not noticed: {one_line(command, 160)}")
    return f"{len(damages)} changes of result files and {len(commands)} commands all noticed"


def _damages(trial: Trial) -> list[Damage]:
    """Damages of all result files, the files by turns, up to a limit."""
    record = trial.record
    assert record.verifier
    lists = []
    with trial.sandbox() as fresh, trial.solved() as solved:
        for path in record.verifier.mutations.outputs:
            try:
                content = solved.read_file(path, max_bytes=8 << 20)
            except OSError as error:
                raise Rejected(f"the oracle leaves no readable {path}: {error}") from error
            rng = rng_for("mutations", record.draft.id, path)
            lists.append(list(damages(path, content, _original(fresh, path), rng)))
    by_turns = chain.from_iterable(zip_longest(*lists))
    wanted = max(_ENOUGH - len(record.verifier.mutations.commands), _OF_FILES, len(lists))
    return [damage for damage in by_turns if damage is not None][:wanted]


def _original(fresh: Sandbox, path: str) -> bytes | None:
    try:
        return fresh.read_file(path, max_bytes=8 << 20)
    except OSError:
        return None


def _apply(damage: Damage, sandbox: Sandbox) -> None:
    if damage.content is None:
        sandbox.run(["rm", "-rf", damage.path], user="root")
    else:
        sandbox.run([*_WRITE, damage.path], stdin=damage.content, user="root")


def damages(path: str, content: bytes, original: bytes | None, rng: Random) -> Iterator[Damage]:
    """The ways to damage a file, in an order that `rng` decides; never its white space.

    Args:
        path: The file.
        content: What the oracle left.
        original: What was there before, if anything.
        rng: Decides places and replacements.
    """
    ways = {
        "a changed byte": _change_byte(content, rng),
        "a value replaced by another": _replace_value(content, rng),
        "an off-by-one number": _off_by_one(content, rng),
        "a dropped line": _drop_line(content, rng),
        "the file as it was before": original,
    }
    found = [
        Damage(path, what, made)
        for what, made in ways.items()
        if made is not None and made != content
    ]
    found.append(Damage(path, f"a missing file ({posixpath.basename(path)})", None))
    rng.shuffle(found)
    yield from found


def _change_byte(content: bytes, rng: Random) -> bytes | None:
    """Replace a letter by another letter, a digit by another digit; in binary data, any byte."""
    places = [at for at, byte in enumerate(content) if chr(byte).isalnum() and byte < 128]
    if not places:
        return None
    at = rng.choice(places)
    old = chr(content[at])
    pool = "0123456789" if old.isdigit() else "abcdefghijklmnopqrstuvwxyz"
    new = rng.choice([one for one in pool if one != old.lower()])
    return content[:at] + new.encode() + content[at + 1 :]


def _drop_line(content: bytes, rng: Random) -> bytes | None:
    lines = content.splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if line.strip()]
    if len(lines) < 2 or not places:
        return None
    del lines[rng.choice(places)]
    return b"".join(lines)


def _off_by_one(content: bytes, rng: Random) -> bytes | None:
    text = _text(content)
    found = list(_NUMBER.finditer(text)) or list(_DECIMAL.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    number = int(match[0])
    changed = max(0, number + rng.choice((-1, 1)))
    new = changed if changed != number else number + 1
    return (text[: match.start()] + str(new).zfill(len(match[0])) + text[match.end() :]).encode()


def _replace_value(content: bytes, rng: Random) -> bytes | None:
    """Put one of the file's own words in another's place: a stale or mixed-up value."""
    text = _text(content)
    words = list(_WORD.finditer(text))
    if len({word[0] for word in words}) < 2:
        return None
    old = rng.choice(words)
    new = rng.choice(sorted({word[0] for word in words} - {old[0]}))
    return (text[: old.start()] + new + text[old.end() :]).encode()


def _text(content: bytes) -> str:
    """Text, or nothing where it is binary."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return ""
