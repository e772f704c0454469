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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from terminal_gym.errors import StorageExceeded
from terminal_gym.sandbox.namespace.trees import printable

_SPOOL = 8 << 20  # an archive up to this size stays in memory
_MAX_LINES = 100
_SYSTEM = ("/proc", "/sys", "/dev", "/tests", "/solution", "/logs/verifier")
_ENGINES_OWN = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")  # mounted into each container


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

    file = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - returned to the caller
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_folders(archive, parents)
        archive.add(source, name, filter=as_owned)
    file.seek(0)
    return file


def pack_bytes(
    data: bytes, name: str, parents: list[str], owner: tuple[int, int], mode: int
) -> IO[bytes]:
    """As `pack`, for one file given by its content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_folders(archive, parents)
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), mode
        info.uid, info.gid = owner
        archive.addfile(info, io.BytesIO(data))
    file.seek(0)
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
    """Copies an archive of hostile state, leaving out what is no gradable state.

    Attributes:
        dropped: What was left out and why, at most 100 lines.
    """

    def __init__(self, max_bytes: int) -> None:
        self._budget = max_bytes
        self.dropped: list[str] = []
        self._gone: set[str] = set()

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
        file = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - returned to the caller
        try:
            kept = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
            with kept, opened(chunks) as archive:
                for member in archive:
                    if changed(posixpath.join(folder, member.name).rstrip("/")):
                        self._pass(member, archive, kept, folder)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _pass(
        self, member: tarfile.TarInfo, archive: tarfile.TarFile, kept: tarfile.TarFile, folder: str
    ) -> None:
        path = posixpath.join(folder, member.name)
        if reason := self._refusal(member, path):
            self._gone.add(member.name)
            if len(self.dropped) < _MAX_LINES and path not in _ENGINES_OWN:
                self.dropped.append(f"{printable(path)}: {reason}")
            return
        self._budget -= member.size
        if self._budget < 0:
            raise StorageExceeded("the state is larger than the sandbox's storage")
        kept.addfile(member, archive.extractfile(member) if member.isreg() else None)

    def _refusal(self, member: tarfile.TarInfo, path: str) -> str:
        if path in _ENGINES_OWN:
            return "the engine's own"
        if member.issym() and leads_to_system(path, member.linkname):
            return "a link to a device or system file"
        if member.islnk() and member.linkname in self._gone:
            return "a link to what was left out"
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            return "not a file, folder or symlink"
        return ""


def leads_to_system(path: str, target: str) -> bool:
    """Whether a symlink at `path` points into the kernel's folders or the verifier's."""
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    end = "/" + end.lstrip("/")  # normpath keeps a double slash
    return any(end == top or end.startswith(top + "/") for top in _SYSTEM)
