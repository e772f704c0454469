"""A part: what one family contributes to a task.

A task is one part, or a chain of them. A part holds the world's files, the set-up commands that
run when the image is built, the paragraph that asks for the work, the reference solution as
separate commands, and the verifier's checks. All relative paths are below the part's root.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True)
class File:
    """A file of the world.

    Attributes:
        data: Its content.
        mode: Its permission bits.
    """

    data: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Check:
    """One independent point of the verifier.

    Attributes:
        name: What holds when it passes, as a short sentence.
        body: Python statements; see `terminal_gym/verifier/checks.py` for the names in scope.
        slow: Whether it takes longer than reading some files: programs are run, many commits read.
    """

    name: str
    body: str
    slow: bool = False


@dataclass(frozen=True)
class Reveal:
    """What a part's work brings to light, for a later part to build on.

    Attributes:
        kind: What it is, in words that fit "the …": "host", "release", "customer".
        value: The right one; a plain word (letters, digits, `.`, `_`, `-`).
        decoys: Others that the world makes look possible, at least two.
        phrase: How a later paragraph may speak of it without naming it, such as
            "the host that leaked the token".
        variable: The shell variable that holds it once the part's commands have run.
    """

    kind: str
    value: str
    decoys: tuple[str, ...]
    phrase: str
    variable: str


@dataclass
class Part:
    """What one family contributes to a task; families fill it with the methods below.

    Attributes:
        root: The folder the part lives in. In a chain it may hold a value that only the previous
            part reveals.
        where: The same folder as the instruction may write it: never holds a hidden value.
    """

    root: str = "/app"
    where: str = "/app"
    title: str = ""
    paragraphs: list[str] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    setup_commands: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    mutations: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    transient: set[str] = field(default_factory=set)
    state: list[str] = field(default_factory=list)
    reveal: Reveal | None = None

    def path(self, name: str) -> str:
        """An absolute path below the root (absolute ones stay as they are)."""
        return str(PurePosixPath(self.root) / name)

    def file(
        self, name: str, content: str | bytes, *, executable: bool = False, transient: bool = False
    ) -> str:
        """Put a file into the world; gives its absolute path.

        Args:
            name: Its path. Only the executable bit survives a checkout of the bundle; set other
                permissions, owners and times with `setup`.
            content: Bytes, or text that is dedented and loses a leading newline, so that it can
                be written in place.
            executable: Whether it may be run.
            transient: Whether `setup` removes or rewrites it (an import stream, a database dump).
        """
        if isinstance(content, str):
            content = textwrap.dedent(content).removeprefix("\n").encode()
        path = self.path(name)
        self.files[path] = File(content, 0o755 if executable else 0o644)
        if transient:
            self.transient.add(path)
        return path

    def setup(self, *commands: str) -> None:
        """Bash commands that run once, in the root, when the image is built. No network."""
        self.setup_commands += [textwrap.dedent(command).strip("\n") for command in commands]

    def ask(self, *paragraphs: str) -> None:
        """What is wanted, in a person's words: goal and testable constraints, no steps.

        Write paths with `self.where`, never with `self.root`.
        """
        self.paragraphs += [_unwrap(paragraph) for paragraph in paragraphs]

    def do(self, *commands: str) -> None:
        """Commands of the reference solution, each one shell input.

        They run in order in one interactive bash that starts in the root; variables stay.
        """
        self.commands += [textwrap.dedent(command).strip("\n") for command in commands]

    def check(self, name: str, body: str, *, slow: bool = False) -> None:
        """A check of the verifier: Python statements that raise AssertionError to fail.

        Slow ones come after all others: where only the reward is wanted, most failures are then
        known before them.
        """
        self.checks.append(Check(name, textwrap.dedent(body).strip("\n"), slow))

    def unchanged(self, name: str, *below: str) -> None:
        """A check that files of the world are as they were.

        Call it once all files are in place; transient ones are left out.

        Args:
            name: The check's name.
            below: Only these files, and those in these folders; all when none is given.
        """
        places = [self.path(one) for one in below] or [self.root]
        digests = {
            path: hashlib.sha256(file.data).hexdigest()
            for path, file in self.files.items()
            if path not in self.transient
            and any(PurePosixPath(path).is_relative_to(place) for place in places)
        }
        self.check(
            name,
            f"""
            for path, digest in {digests!r}.items():
                assert sha256(path) == digest, path + " changed"
            """,
        )

    def helper(self, source: str) -> None:
        """Python definitions that the part's checks share (functions, imports of the stdlib)."""
        self.helpers.append(textwrap.dedent(source).strip("\n"))

    def keep(self, *paths: str) -> None:
        """Absolute paths outside /app that the work changes and the verifier reads."""
        self.state += paths

    def hide(self, *values: str | int | float) -> None:
        """Values that live in the world only: a gate refuses instructions that hold one."""
        self.hidden += [str(value) for value in values]

    def output(self, *names: str) -> None:
        """Result files whose every number, word and line matters.

        The mutation gate changes them (a byte, a line, a number, the whole file); each change
        must cost the reward.
        """
        self.outputs += [self.path(name) for name in names]

    def mutate(self, *commands: str) -> None:
        """Bash commands, run in the root after the oracle, each of which must cost the reward.

        For results that are no plain answer files: repositories, programs, configurations.
        """
        self.mutations += [textwrap.dedent(command).strip("\n") for command in commands]

    def reveals(self, kind: str, value: str, decoys: list[str], phrase: str, variable: str) -> None:
        """Name what this part's work brings to light; see `Reveal`."""
        self.reveal = Reveal(kind, value, tuple(decoys), phrase, variable)


_BLOCK = re.compile(r"[-*+] |\d+[.)] |\||\s|$")


def _unwrap(paragraph: str) -> str:
    """Join the lines of a paragraph, except those of lists, tables, fenced and indented code."""
    result: list[str] = []
    fenced = joinable = False
    for line in textwrap.dedent(paragraph).strip("\n").splitlines():
        fence = line.startswith("```")
        if joinable and not (fenced or fence or _BLOCK.match(line)):
            result[-1] += " " + line
        else:
            result.append(line)
            joinable = not (fenced or fence or re.match(r"\||\s|$", line))
        fenced ^= fence
    return "\n".join(result)
