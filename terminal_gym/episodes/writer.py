"""Appending episodes to a JSON-lines file so that none is lost.

One line is one episode, written whole under a lock that holds across threads and processes, and
on disk (fsync) when `write` returns. What a killed process left of a line is moved to
`FILE.torn`; what a full disk refuses goes to a spill file elsewhere, else stays in memory and is
tried again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import PydanticSerializationError

from terminal_gym.episodes.episode import Episode
from terminal_gym.errors import RecordingFault

_BLOCK = 1 << 20


class EpisodeWriter:
    """Appends episodes to `path`. Safe to share between threads; many may have one file open.

    Args:
        path: The file; made with its parents if absent.
        spill_dir: Where episodes go that `path` cannot take; by default the temporary folder.

    Raises:
        RecordingFault: The file cannot be opened for appending.
    """

    def __init__(self, path: str | Path, *, spill_dir: str | Path | None = None) -> None:
        self.path = Path(path)
        self._spill_dir = Path(spill_dir) if spill_dir else Path(tempfile.gettempdir())
        self._mutex = threading.Lock()
        self._unwritten: list[bytes] = []
        self._fd = -1
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644
            )
            with self._exclusive():
                self._mend_end()
        except OSError as error:
            if self._fd >= 0:
                os.close(self._fd)
            raise RecordingFault(
                f"{self.path}: cannot be opened for appending: {error.strerror}",
                remedy="name a file in a folder that you may write to",
            ) from error

    def write(self, episode: Episode) -> None:
        """Append one episode; it is on disk when this returns.

        Raises:
            RecordingFault: The file could not take it. The episode is not lost: the message names
                the spill file that holds it, or says that it is kept in memory for the next write.
        """
        with self._mutex:
            self._unwritten.append(to_line(episode))
            self._flush()

    @property
    def unwritten(self) -> int:
        """How many episodes are kept in memory, because neither file nor spill took them."""
        return len(self._unwritten)

    def close(self) -> None:
        """Try once more to write what is in memory, then close. Idempotent.

        Raises:
            RecordingFault: Some episodes could not be written.
        """
        with self._mutex:
            if self._fd < 0:
                return
            try:
                if self._unwritten:
                    self._flush()
            finally:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> EpisodeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _flush(self) -> None:
        try:
            with self._exclusive():
                self._mend_end()
                self._append(b"".join(self._unwritten))
        except OSError as error:
            kept = self._spill()
            raise RecordingFault(
                f"{self.path}: cannot be written: {error.strerror}; {kept}",
                remedy="free disk space, then append the spilled lines to the file",
            ) from error
        self._unwritten.clear()

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        if self._fd < 0:
            raise OSError(errno.EBADF, "the writer is closed")
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _append(self, data: bytes) -> None:
        """Write all of `data` or none of it."""
        size = os.fstat(self._fd).st_size
        try:
            _write_all(self._fd, data)
            os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, size)
            raise

    def _mend_end(self) -> None:
        """Make the file end with a newline: end a whole last line, move a torn one aside."""
        size = os.fstat(self._fd).st_size
        start = _last_line_start(self._fd, size)
        if start == size:
            return
        if _is_json(_read_range(self._fd, start, size)):
            _write_all(self._fd, b"\n")
            return
        torn = self.path.with_name(self.path.name + ".torn")
        _append_file(torn, _read_range(self._fd, start, size) + b"\n")
        os.ftruncate(self._fd, start)

    def _spill(self) -> str:
        """Put what is unwritten into a file elsewhere; say where it is now."""
        name = ""
        try:
            fd, name = tempfile.mkstemp(".jsonl", "terminal-gym-unwritten-", self._spill_dir)
            os.close(fd)
            _append_file(Path(name), b"".join(self._unwritten))
        except OSError:
            if name:
                Path(name).unlink(missing_ok=True)
            return f"{len(self._unwritten)} episode(s) are kept in memory"
        self._unwritten.clear()
        return f"spilled to {name}"


def to_line(episode: Episode) -> bytes:
    """`episode` as one line of JSON, newline included.

    Lone surrogates, which a language model's JSON can hold and UTF-8 cannot, become U+FFFD.
    """
    try:
        return episode.model_dump_json(exclude_none=True).encode() + b"\n"
    except (PydanticSerializationError, UnicodeEncodeError):
        plain = _encodable(episode.model_dump(exclude_none=True))
        return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value if isinstance(value, (int, float, bool, type(None))) else _encodable(str(value))


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _append_file(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read_range(fd: int, start: int, end: int) -> bytes:
    parts = []
    while start < end:
        part = os.pread(fd, min(_BLOCK, end - start), start)
        if not part:
            break
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _last_line_start(fd: int, size: int) -> int:
    """The offset after the last newline before `size`."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        newline = os.pread(fd, end - begin, begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
