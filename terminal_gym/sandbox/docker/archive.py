"""Tar streams in and out of containers.

What comes out of an agent's container is hostile: sizes, names, links and kinds are checked here
before anything of it reaches the host or a verifier's container.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from terminal_gym.errors import StorageExceeded
from terminal_gym.sandbox.namespace.trees import (
    VERIFIERS_OWN,
    end_of_links,
    is_below,
    printable,
)

_SPOOL = 8 << 20  # an archive up to this size stays in memory
_MAX_LINES = 100
_SYSTEM = ("proc", "sys", "dev", *VERIFIERS_OWN)


class ChunkReader(io.RawIOBase):
    """An iterator of byte chunks as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as one chunk reaches."""
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


@contextlib.contextmanager
def opened(chunks: Iterable[bytes]) -> Iterator[tarfile.TarFile]:
    """Read a tar stream, member by member."""
    buffered = io.BufferedReader(ChunkReader(chunks), 1 << 18)
    with tarfile.open(fileobj=buffered, mode="r|") as archive:
        yield archive


@contextlib.contextmanager
def _new_archive() -> Iterator[tuple[IO[bytes], tarfile.TarFile]]:
    """A file, and an archive to be written into it; read from its beginning when that is whole."""
    file = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - the caller's to close
    try:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            yield file, archive
    except BaseException:
        file.close()
        raise
    file.seek(0)


def pack(
    source: Path, name: str, parents: list[str], owner: tuple[int, int], mode: int | None
) -> IO[bytes]:
    """The archive of one file or folder as `name`, below folders that are to be made.

    Args:
        source: What to pack.
        name: Its name in the archive, `parents` included.
        parents: Folders to make first, outermost first.
        owner: uid and gid of everything.
        mode: Mode of regular files, or None to keep theirs.
    """

    def as_owned(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid, info.gid = owner
        info.uname = info.gname = ""
        if info.isreg() and mode is not None:
            info.mode = mode
        return info

    with _new_archive() as (file, archive):
        _add_folders(archive, parents)
        archive.add(source, name, filter=as_owned)
    return file


def pack_bytes(
    data: bytes, name: str, parents: list[str], owner: tuple[int, int], mode: int
) -> IO[bytes]:
    """As `pack`, for one file given by its content."""
    with _new_archive() as (file, archive):
        _add_folders(archive, parents)
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), mode
        info.uid, info.gid = owner
        archive.addfile(info, io.BytesIO(data))
    return file


def _add_folders(archive: tarfile.TarFile, parents: list[str]) -> None:
    for parent in parents:
        info = tarfile.TarInfo(parent)
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(info)


def unpack(chunks: Iterable[bytes], dest: Path, max_bytes: int) -> None:
    """Write an archive's one top-level entry as `dest`; devices, FIFOs and sockets are left out.

    Raises:
        StorageExceeded: It is larger than `max_bytes`.
    """
    budget = max_bytes
    with tempfile.TemporaryDirectory(prefix=".terminal-gym-", dir=dest.parent) as holder:
        with opened(chunks) as archive:
            for member in archive:
                budget -= member.size
                if budget < 0:
                    raise StorageExceeded(f"{dest.name}: larger than {max_bytes} bytes")
                if member.isreg() or member.isdir() or member.issym() or member.islnk():
                    member.uid, member.gid = os.getuid(), os.getgid()
                    member.uname = member.gname = ""
                    archive.extract(member, holder, filter="tar")
        for top in Path(holder).iterdir():
            top.rename(dest)


class Sieve:
    """Copies archives of hostile state, leaving out what is no gradable state.

    First all are copied, since a link may lead through links of another; `without_tricks` then
    takes out those that lead where nothing of a state is.

    Args:
        max_bytes: How much data may stay.
        engines_own: Files that are no state.

    Attributes:
        dropped: What was left out and why, at most 100 lines.
    """

    def __init__(self, max_bytes: int, engines_own: Sequence[str]) -> None:
        self._budget, self._engines_own = max_bytes, engines_own
        self.dropped: list[str] = []
        self._gone: set[str] = set()
        self._links: dict[str, str] = {}

    def copy(
        self, chunks: Iterable[bytes], folder: str, changed: Callable[[str], bool]
    ) -> IO[bytes]:
        """A new archive with what may stay of one whose entries lie below `folder`.

        Args:
            chunks: The archive.
            folder: Where its entries lie.
            changed: Says of a path whether it has to come over; the rest is there already.

        Raises:
            StorageExceeded: There is more data than allowed.
        """
        with _new_archive() as (file, kept), opened(chunks) as archive:
            for member in archive:
                path = posixpath.join(folder, member.name).rstrip("/")
                if member.issym():
                    self._links[path] = member.linkname
                if changed(path):
                    self._pass(member, archive, kept, folder)
        return file

    def without_tricks(self, state: IO[bytes], folder: str) -> IO[bytes]:
        """`state`, or a copy of it without links into the kernel's folders or the verifier's.

        Args:
            state: What `copy` gave, once all states are copied.
            folder: Where its entries lie.
        """
        with tarfile.open(fileobj=state) as archive:
            found = [member for member in archive if self._is_trick(member, folder)]
            tricks = {member.name for member in found}
            if not tricks:
                state.seek(0)
                return state
            with _new_archive() as (file, kept):
                for member in archive:
                    if member.name in tricks or (member.islnk() and member.linkname in tricks):
                        self._drop(posixpath.join(folder, member.name), "a link to a system file")
                    else:
                        kept.addfile(
                            member, archive.extractfile(member) if member.isreg() else None
                        )
        return file

    def _is_trick(self, member: tarfile.TarInfo, folder: str) -> bool:
        if not member.issym():
            return False
        end = end_of_links(posixpath.join(folder, member.name), self._target_of)
        return end is None or is_below(end, _SYSTEM)

    def _target_of(self, place: str) -> str | None:
        return self._links.get(f"/{place}")

    def _drop(self, path: str, reason: str) -> None:
        if len(self.dropped) < _MAX_LINES and path not in self._engines_own:
            self.dropped.append(f"{printable(path)}: {reason}")

    def _pass(
        self, member: tarfile.TarInfo, archive: tarfile.TarFile, kept: tarfile.TarFile, folder: str
    ) -> None:
        path = posixpath.join(folder, member.name)
        if reason := self._refusal(member, path):
            self._gone.add(member.name)
            self._drop(path, reason)
            return
        self._budget -= member.size
        if self._budget < 0:
            raise StorageExceeded("the state is larger than the sandbox's storage")
        kept.addfile(member, archive.extractfile(member) if member.isreg() else None)

    def _refusal(self, member: tarfile.TarInfo, path: str) -> str:
        if path in self._engines_own:
            return "the engine's own"
        if member.islnk() and member.linkname in self._gone:
            return "a link to what was left out"
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            return "not a file, folder or symlink"
        return ""
