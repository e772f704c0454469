"""What is kept of every call: its prompt and reply, and what it cost.

FOLDER/
├── calls/<task>/<number>-<stage>-<key>.json   one call, whole: request and reply
├── ledger.jsonl   one `Entry` a line, in the order in which replies came
└── lock           held by the run that fills the folder

A call's file is on disk before its reply is used, so whatever kills a run, a reply that had arrived
is found by the next one and not paid again. The API key is in none of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terminal_gym.errors import UserError
from terminal_gym_generator.llm.calls.reply import Reply
from terminal_gym_generator.llm.calls.request import Request

_LOCK_PATIENCE_S = 5.0


class Kept(BaseModel):
    """One call, as its file holds it."""

    model_config = ConfigDict(frozen=True)

    key: str
    stage: str
    task: str
    request: Request
    reply: Reply


class Entry(BaseModel):
    """A line of the ledger: one reply that came, or a part of one."""

    model_config = ConfigDict(frozen=True)

    key: str
    stage: str
    task: str = Field(description="the draft that asked first, and so pays")
    kind: Literal["reply", "lost"] = Field(description="lost: it broke off, and may be charged")
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    estimated: bool = Field(default=False, description="the server did not count")
    cost_usd: float | None = None
    run: int = Field(description="1 for the first run in this folder, 2 for the one after a kill")
    run_s: float = Field(description="seconds since that run began")
    elapsed_s: float = 0.0


class CallStore:
    """The folder of one run and of those that it continues.

    Args:
        folder: Made if missing.
        clean: Takes what must never be written out of a text.

    Raises:
        UserError: Another run is filling the folder.
    """

    def __init__(self, folder: Path, clean: Callable[[str], str]) -> None:
        self.folder = folder
        self._calls = folder / "calls"
        self._calls.mkdir(parents=True, exist_ok=True)
        self._clean = clean
        self._write = Lock()
        self._numbers: dict[str, int] = {}
        self._paths = {_key_of(path): path for path in sorted(self._calls.glob("*/*.json"))}
        self._lock_file = _claim(folder)
        self._began = time.monotonic()
        self._path = folder / "ledger.jsonl"
        _mend(self._path)
        self.entries = list(read_ledger(self._path))
        self.run = 1 + max((entry.run for entry in self.entries), default=0)
        self.earlier_s = _time_of(self.entries)
        """Of the runs that this one continues, each up to its last reply."""
        self._ledger = self._path.open("ab")
        self._enter_forgotten()

    def find(self, key: str) -> Kept | None:
        """The call of that key; None where there is none."""
        path = self._paths.get(key)
        try:
            return Kept.model_validate_json(path.read_bytes()) if path else None
        except (OSError, ValidationError):
            return None

    def keep(self, call: Kept) -> None:
        """Put a call on disk; it is safe there when this returns."""
        path = self._place(call)
        text = json.dumps(call.model_dump(mode="json"), ensure_ascii=False, indent=1)
        _write_synced(path, self._clean(text).encode())
        self._paths[call.key] = path

    def enter(self, entry: Entry) -> Entry:
        """Add a line to the ledger; the run's number and time are filled in."""
        entry = entry.model_copy(update={"run": self.run, "run_s": self.elapsed_s})
        with self._write:
            self._ledger.write(self._clean(entry.model_dump_json()).encode() + b"\n")
            self._ledger.flush()
            os.fsync(self._ledger.fileno())
            self.entries.append(entry)
        return entry

    @property
    def elapsed_s(self) -> float:
        """Of this run."""
        return round(time.monotonic() - self._began, 3)

    def close(self) -> None:
        """Let go of the folder. Idempotent."""
        self._ledger.close()
        self._lock_file.close()

    def _place(self, call: Kept) -> Path:
        """Where a new call belongs: with its task, after the task's calls so far."""
        folder = self._calls / _plain(call.task)
        with self._write:
            folder.mkdir(exist_ok=True)
            number = self._numbers.get(folder.name) or len(list(folder.glob("*.json")))
            self._numbers[folder.name] = number + 1
        return folder / f"{number + 1:03d}-{_plain(call.stage)}-{call.key}.json"

    def _enter_forgotten(self) -> None:
        """Calls whose run was killed between the call's file and the ledger's line."""
        known = {entry.key for entry in self.entries if entry.kind == "reply"}
        for key in self._paths:
            if key not in known and (call := self.find(key)):
                self.enter(entry_of(call))


def _key_of(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _plain(name: str) -> str:
    """A name that is one part of a path."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".")[:100] or "_"


def entry_of(call: Kept, elapsed_s: float = 0.0) -> Entry:
    """A reply's line."""
    usage = call.reply.usage
    return Entry(
        key=call.key,
        stage=call.stage,
        task=call.task,
        kind="reply",
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        estimated=usage.estimated,
        cost_usd=call.reply.cost_usd,
        run=0,
        run_s=0.0,
        elapsed_s=round(elapsed_s, 3),
    )


def read_ledger(path: Path) -> Iterator[Entry]:
    """A ledger's lines; those that cannot be read are left out."""
    with suppress(FileNotFoundError), path.open("rb") as lines:
        for line in lines:
            with suppress(ValidationError):
                yield Entry.model_validate_json(line)


def _time_of(entries: Sequence[Entry]) -> float:
    last: dict[int, float] = {}
    for entry in entries:
        last[entry.run] = max(last.get(entry.run, 0.0), entry.run_s)
    return sum(last.values())


def _mend(path: Path) -> None:
    """Cut off a last line that a kill has left half."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)


def _claim(folder: Path) -> BinaryIO:
    file = (folder / "lock").open("wb")
    until = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError as error:
            if time.monotonic() > until:
                file.close()
                raise UserError(
                    f"{folder}: another run is filling this folder",
                    remedy="wait for it, or give another --out",
                ) from error
            time.sleep(0.1)


def _write_synced(path: Path, data: bytes) -> None:
    """A whole file, on the disk itself."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
