"""All cheats, by name. To add one, add it to the file of its theme."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from terminal_gym.cheats import escapes, exhaustion, links, python, rewards, terminal, tools
from terminal_gym.cheats.cheat import Cheat
from terminal_gym.errors import UserError

THEMES = (rewards, tools, python, links, exhaustion, terminal, escapes)
CHEATS: dict[str, Cheat] = {cheat.name: cheat for theme in THEMES for cheat in theme.CHEATS}


def find_cheats(names: Sequence[str] | None = None) -> list[Cheat]:
    """The cheats of these names, or that match these shell patterns; all without any.

    Raises:
        UserError: One matches nothing.
    """
    found: dict[str, Cheat] = {}
    for pattern in ["*"] if names is None else names:
        matches = {name: cheat for name, cheat in CHEATS.items() if fnmatchcase(name, pattern)}
        if not matches:
            raise UserError(f"no cheat {pattern!r}", remedy=f"one of: {', '.join(CHEATS)}")
        found |= matches
    return list(found.values())
