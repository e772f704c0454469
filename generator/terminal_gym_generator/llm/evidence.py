"""What was found out about a draft by running something, kept so that it is found out once.

Prompts hold what commands printed and what gates said. A killed run that goes on must put the very
same words into its prompts, or it would pay again for calls that it has made; so whatever a sandbox
said is written down before a model is told of it. `_evidence/<draft>.jsonl` holds one entry a line,
keyed by what was run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from terminal_gym_generator.rng import digest


class Evidence:
    """One draft's evidence; used by one thread at a time.

    Args:
        path: The file; a torn last line is as if it had not been written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, str] = {}
        self._torn = False
        self._read()

    def get(self, find: Callable[[], str], kind: str, *key: str) -> str:
        """What `find` gives, or what it gave when it was first asked.

        Args:
            find: Runs the experiment.
            kind: What sort of experiment it is.
            key: All that its outcome depends on.
        """
        known = self.known(kind, *key)
        return self.put(find(), kind, *key) if known is None else known

    def known(self, kind: str, *key: str) -> str | None:
        """What an experiment gave; None where nobody has made it."""
        return self._found.get(digest(kind, *key))

    def put(self, value: str, kind: str, *key: str) -> str:
        """Write down what an experiment gave; gives it back."""
        name = digest(kind, *key)
        self._found[name] = value
        self._write(kind, name)
        return value

    def _write(self, kind: str, name: str) -> None:
        line = json.dumps({"key": name, "kind": kind, "value": self._found[name]})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("\n" if self._torn else "") + line + "\n")
        self._torn = False

    def _read(self) -> None:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        self._torn = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                self._found[entry["key"]] = entry["value"]
            except (ValueError, TypeError, KeyError):
                continue
