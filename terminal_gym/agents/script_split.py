"""Splitting a bash script into its top-level commands, with bash itself as the grammar.

`bash -n` reads a growing run of lines until it calls them complete. So heredocs, functions,
loops and pipelines over several lines each stay in one piece, as bash and nobody else decides.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from terminal_gym.errors import UserError

_SET_OPTIONS = re.compile(r"set(\s+[-+]([a-zA-Z]+|o\s+\w+|[a-zA-Z]*o\s+\w+))+\s*(#.*)?")
_INLINE_SET = re.compile(r"set\s+-\S*[eu]\S*(\s+pipefail)?\s*(;|&&)")
_KNOWS_ITS_FILE = re.compile(
    r"BASH_SOURCE|BASH_LINENO|\b(dirname|realpath|readlink|basename)\b[^\n|;]*\$\{?0"
)
_UNFINISHED_HEREDOC = "delimited by end-of-file"
_WANTED_LINE = re.compile(r"delimited by end-of-file \(wanted [`'](.+)'\)")
_WANTED_CHARACTER = re.compile(r"unexpected EOF while looking for matching [`'](.)'")


@dataclass(frozen=True)
class ScriptCommand:
    """One top-level command of a script."""

    text: str
    """What to type; one line or several."""
    comment: str
    """The comment lines above it, without their marks."""


def split_script(script: str) -> list[ScriptCommand] | None:
    """The commands of `script` in order, or None where it is one piece only.

    Left out: the shebang, blank lines, and `set` options (`set -e` would end an interactive shell
    at the first failure). One piece is a script that asks for its own file name, hides `set -e`
    among other commands, or that bash cannot parse.

    Raises:
        UserError: There is no bash on this machine.
    """
    lines = script.replace("\r\n", "\n").split("\n")
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    if _KNOWS_ITS_FILE.search("\n".join(lines)):
        return None
    commands: list[ScriptCommand] = []
    comments: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position].strip()
        if not line or line.startswith("#"):
            comments = [*comments, line.lstrip("# ")] if line else comments
            position += 1
            continue
        end = _end_of_command(lines, position)
        if end is None:
            return None
        text = "\n".join(lines[position:end])
        if _INLINE_SET.match(text.strip()):
            return None
        if not _SET_OPTIONS.fullmatch(text.strip()):
            commands.append(ScriptCommand(text, "\n".join(c for c in comments if c)))
        comments, position = [], end
    return commands


def _end_of_command(lines: list[str], start: int) -> int | None:
    """The position after the command that begins at `start`; None if it never ends."""
    end = start + 1
    while end <= len(lines):
        if _ends_in_backslash(lines[end - 1]):
            end += 1
            continue
        complete, complaint = _parse("\n".join(lines[start:end]))
        if complete:
            return end
        end = _next_end(lines, end, complaint)
    return None


def _next_end(lines: list[str], end: int, complaint: str) -> int:
    """The nearest end at which what bash misses can have come; spares a process for each line."""
    if wanted := _WANTED_LINE.search(complaint):
        ends = (at + 1 for at in range(end, len(lines)) if lines[at].lstrip("\t") == wanted[1])
    elif wanted := _WANTED_CHARACTER.search(complaint):
        ends = (at + 1 for at in range(end, len(lines)) if wanted[1] in lines[at])
    else:
        return end + 1
    return next(ends, len(lines) + 1)


def _ends_in_backslash(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _parse(text: str) -> tuple[bool, str]:
    """Whether bash takes `text` as whole commands, with every heredoc ended; what it says."""
    try:
        parse = subprocess.run(
            ["bash", "--norc", "-O", "extglob", "-n"],
            input=text + "\n",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"},
            timeout=10,
        )
    except FileNotFoundError as error:
        raise UserError("the oracle needs bash to split scripts", remedy="install bash") from error
    except subprocess.TimeoutExpired:
        return False, ""
    complete = parse.returncode == 0 and _UNFINISHED_HEREDOC not in parse.stderr
    return complete, parse.stderr
