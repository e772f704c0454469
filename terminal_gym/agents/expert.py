"""The oracle as an engineer would work: it looks, it checks, and at times it errs and recovers."""

from __future__ import annotations

import re
import shlex
from random import Random
from typing import Any

from terminal_gym.agents.oracle import OracleAgent
from terminal_gym.agents.script_split import ScriptCommand
from terminal_gym.episodes import AgentResponse

_PROGRAMS = frozenset(
    "awk cat cut diff file find git grep gunzip head jq ls make md5sum openssl python3 sed "
    "sha256sum sort sqlite3 tail tar tr uniq wc xargs zcat".split()
)
_READERS = frozenset("cat head tail wc file sort grep jq zcat".split())
_ORDER_MATTERS = re.compile(r"\$\?|\$_\b|PIPESTATUS|!!|\bfc\b")
_WRITES = re.compile(r"(?<![0-9&>])>>?\s*([\w./-]+)(?=\s*$)|\|\s*tee\s+([\w./-]+)\s*$")
_PATH = re.compile(
    r"(?<![\w./$-])/?[\w.-]+(?:/[\w.-]+)+\.\w+|(?<![\w./$-])[\w-]+\.\w{2,5}(?![\w/])"
)


class ExpertAgent:
    """Plays the reference solution with looks before, checks after, and slips in between.

    What it adds only reads, and a slip is one that changes nothing: a program's name or a file's
    misspelt. What it draws comes from the episode's seed.

    Args:
        looks: How often it looks before a command, 0 to 1.
        checks: How often it checks what a command wrote.
        errs: How often it slips in a command that could be misspelt.
    """

    name = "expert"
    needs_solution = True
    env_options = OracleAgent.env_options

    def __init__(self, *, looks: float = 0.3, checks: float = 0.5, errs: float = 0.1) -> None:
        self._looks, self._checks, self._errs = float(looks), float(checks), float(errs)
        self._oracle = OracleAgent()
        self._rng = Random(0)
        self._queue: list[ScriptCommand] = []
        self._waiting: ScriptCommand | None = None
        self._seen: set[str] = set()
        self._observed: dict[str, Any] = {}
        self._submitted = False
        self.last_response = AgentResponse()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Read the solution; look around first."""
        self._oracle.reset(observation, info)
        self._rng = Random(f"expert {info.get('seed')} {info.get('bundle')}")
        self._seen = set()
        self._begin_step(observation)

    def act(self, observation: Any) -> str:
        """The next command; an empty input, which waits, while one still runs."""
        if self._submitted or observation["instruction"] != self._observed["instruction"]:
            self._begin_step(observation)
        if observation["running"]:
            return self._say(ScriptCommand("", ""))
        if not self._queue:
            self._plan()
        command = self._queue.pop(0)
        self._submitted = command.text == "exit"
        return self._say(command)

    def close(self) -> None:
        """Nothing to give back."""
        self._oracle.close()

    def _begin_step(self, observation: Any) -> None:
        self._submitted = False
        self._observed = {**observation, "running": False}
        self._queue = [ScriptCommand(self._rng.choice(_FIRST_LOOKS), "Look at what is here.")]
        self._waiting = self._next()

    def _next(self) -> ScriptCommand:
        text = self._oracle.act(self._observed)
        return ScriptCommand(text, self._oracle.last_response.message)

    def _plan(self) -> None:
        """Queue the solution's next command with what goes before and after it."""
        command = self._waiting
        assert command is not None
        if command.text == "exit":
            self._queue.append(ScriptCommand("exit", "All is done and checked: submit."))
            return
        self._waiting = self._next()
        if not _ORDER_MATTERS.search(command.text):
            self._before(command.text)
        self._queue.append(command)
        if not _ORDER_MATTERS.search(self._waiting.text):
            self._after(command.text)

    def _before(self, text: str) -> None:
        path = _file_read(text)
        if path and path not in self._seen and self._rng.random() < self._looks:
            self._seen.add(path)
            look = self._rng.choice(("head -n 5 {}", "ls -l {}", "wc -l {}"))
            self._queue.append(ScriptCommand(look.format(path), f"See what {path} looks like."))
        if self._rng.random() < self._errs and (slip := self._slip(text)):
            self._queue.append(slip)

    def _after(self, text: str) -> None:
        match = _WRITES.search(text) if "\n" not in text else None
        path = (match[1] or match[2]) if match else None
        if path and path != "/dev/null" and self._rng.random() < self._checks:
            check = self._rng.choice(("tail -n 5 {}", "wc -l {}", "ls -l {}"))
            self._queue.append(ScriptCommand(check.format(path), f"Check what is in {path} now."))

    def _slip(self, text: str) -> ScriptCommand | None:
        """The command misspelt, where that cannot change anything."""
        if re.search(r"[>;&=\n`]|\$\(", text):
            return None
        words = text.split(" ")
        if words[0] not in _PROGRAMS or "tee" in words:
            return None
        path = _file_read(text)
        if path and words[0] in _READERS and "|" not in text and self._rng.random() < 0.5:
            return ScriptCommand(text.replace(path, _misspelt(path, self._rng), 1), "")
        return ScriptCommand(" ".join([_misspelt(words[0], self._rng), *words[1:]]), "")

    def _say(self, command: ScriptCommand) -> str:
        self.last_response = AgentResponse(message=command.comment, llm_calls=0)
        return command.text


_FIRST_LOOKS = ("ls -la", "pwd; ls", "ls", "ls -l; pwd")


def _file_read(text: str) -> str | None:
    """A file that a one-line command names, other than one it writes."""
    if "\n" in text:
        return None
    written = {path for match in _WRITES.finditer(text) for path in match.groups() if path}
    try:
        words = set(shlex.split(text))
    except ValueError:
        return None
    found = (match.group() for match in _PATH.finditer(text))
    return next((path for path in found if path in words and path not in written), None)


def _misspelt(word: str, rng: Random) -> str:
    """Two neighbouring letters swapped, else one left out."""
    places = [
        i for i in range(len(word) - 1) if word[i] != word[i + 1] and word[i : i + 2].isalpha()
    ]
    if not places:
        return word[:-1] + "_"
    i = rng.choice(places)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
