"""The blind gate: what is asked cannot be answered without looking at the world."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from terminal_gym.sandbox.base import Sandbox
from terminal_gym_generator.gates.trial import SOLVED, Rejected, Trial

_COMMAND_SECONDS, _TOTAL_SECONDS = 6.0, 30.0
_SHORTEST = 4  # shorter values occur in any script: a count, a column
_PACK = ["/bin/sh", "-c", "tar -C / -c --null --no-recursion -T - 2>/dev/null"]
_EMPTY_FILES = ["-type", "f", "-exec", "truncate", "-s", "0", "{}", "+"]
_LISTING = r"%p %y %s %i %T@ %C@ %l\0"


def blind(trial: Trial) -> str:
    """No hidden value is given away, and the reference fails where it sees an empty world."""
    assert trial.record.instruction
    hidden = trial.record.instruction.hidden
    if problem := told(trial.bundle.instruction, hidden) or known(trial.commands, hidden):
        raise Rejected(problem)
    if blind_reward(trial, lambda empty: _work(trial, empty)) >= SOLVED:
        raise Rejected("the reference earns 1 without having read a file of the world")
    return f"{len(hidden)} hidden values not told; the reference needs to see the world"


def told(instruction: str, hidden: Sequence[str]) -> str:
    """What an instruction gives away, in words; nothing if it keeps all that is hidden."""
    values = [value for value in hidden if holds(instruction, value)]
    return f"the instruction tells {', '.join(map(repr, values[:3]))}" if values else ""


def known(commands: Sequence[str], hidden: Sequence[str]) -> str:
    """What commands know that only the world tells, in words; nothing if they know nothing."""
    script = "\n".join(commands)
    values = [value for value in hidden if len(value) >= _SHORTEST and holds(script, value)]
    return f"the reference knows {values[0]!r} without having looked" if values else ""


def holds(text: str, value: str) -> bool:
    """Whether a text holds a value as a word of its own."""
    # A dot goes on with a number or a name (1.5 in 1.5.2), but also ends a sentence.
    pattern = rf"(?<![\w.]){re.escape(value)}(?!\w|\.\w)"
    return bool(value.strip()) and re.search(pattern, text) is not None


def blind_reward(trial: Trial, work: Callable[[Sandbox], None]) -> float:
    """What work earns that is done in an emptied world: its files are carried into a true one."""
    with trial.sandbox() as world:
        with trial.sandbox() as empty:
            places = _places(trial)
            empty.run(["find", *places, *_EMPTY_FILES], user="root")
            before = _listing(trial, empty)
            work(empty)
            _carry(trial, empty, before, world)
        return trial.grade(world).reward


def _work(trial: Trial, empty: Sandbox) -> None:
    """The reference, as far as it comes without what it needs."""
    terminal = trial.terminal(empty, kill_on_timeout=True)
    end = time.monotonic() + _TOTAL_SECONDS
    try:
        for command in trial.commands:
            if terminal.run(command, _COMMAND_SECONDS).state != "done" or time.monotonic() > end:
                break
    finally:
        terminal.close()


def _carry(trial: Trial, empty: Sandbox, before: dict[bytes, bytes], world: Sandbox) -> None:
    """Do to a true world what was done to the empty one."""
    after = _listing(trial, empty)
    written = sorted(path for path, line in after.items() if before.get(path) != line)
    removed = b"\0".join(sorted(set(before) - set(after)))
    world.run(["xargs", "-0", "-r", "rm", "-rf", "--"], stdin=removed, user="root")
    # Names without the leading slash: tar would remark on it, into the very stream.
    names = b"\0".join(path.lstrip(b"/") for path in written)
    packed = empty.run(_PACK, stdin=names, user="root", max_output=256 << 20)
    world.run(["tar", "-C", "/", "-xp"], stdin=packed.output, user="root")


def _places(trial: Trial) -> list[str]:
    """The graded paths, and every file of the world outside of them."""
    assert trial.record.environment
    files = (name for name in trial.record.environment.files if name.startswith("world/"))
    paths = [name.removeprefix("world") for name in files]
    state = trial.bundle.state
    outside = [path for path in paths if not any(path.startswith(f"{one}/") for one in state)]
    return [*state, *outside]


def _listing(trial: Trial, sandbox: Sandbox) -> dict[bytes, bytes]:
    find = ["find", *trial.bundle.state, "!", "-type", "d", "-printf", _LISTING]
    output = sandbox.run(find, user="root", max_output=64 << 20).output
    return {line.split(b" ")[0]: line for line in output.split(b"\0") if line}
