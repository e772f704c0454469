"""Copying file trees between roots, one of which may be hostile.

Every step works on descriptors and never follows a symlink of the source, so that nothing outside
the two roots can be reached. Used for copying in and out, and for grafting an episode's state into
the verifier's sandbox. Standard library only: the launcher imports it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __name__.startswith("terminal_gym."):
    from terminal_gym.sandbox.namespace import syscalls as sc
else:  # in the launcher
    import syscalls as sc

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MAX_DEPTH = 150
_CHUNK = 1 << 20
_MAX_PATH = 4096  # longer ones exist, but no program can name them
_MAX_NOTES = 64 << 20  # characters of paths to remember: they are the agent's, and we hold them
_MAX_DROPPED = 100
_MAX_SHOWN = 200
VERIFIERS_OWN = ("tests", "solution", "logs/verifier")
_MAX_STEPS = 1000  # names and links on the way of one link


@dataclass
class Report:
    """What a copy left out, and how much it may still write.

    Attributes:
        budget: Bytes of data (holes do not count) that may still be copied.
        dest_root: The root that is copied to.
        missing: Paths that were not there.
        dropped: What was left out, and why; the first of it.
        links: Hard-linked files: where their first name was copied to.
        symlinks: Where symlinks were copied to.
    """

    budget: int
    dest_root: int
    missing: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    symlinks: list[str] = field(default_factory=list)
    _notes: int = _MAX_NOTES

    def drop(self, path: str, reason: str) -> None:
        """Say that something was left out."""
        if len(self.dropped) < _MAX_DROPPED:
            self.dropped.append(f"{printable(path)}: {reason}")

    def may_note(self, path: str) -> bool:
        """Whether there is room to remember one more path."""
        self._notes -= len(path)
        return self._notes >= 0


def printable(path: str) -> str:
    """A path of the agent's as a short line of plain text."""
    text = path.encode("utf-8", "backslashreplace").decode()
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def copy_path(
    source_root: int,
    source: str,
    dest_root: int,
    dest: str,
    options: dict[str, Any],
    report: Report,
) -> None:
    """Make `dest` below one root equal to `source` below another.

    Options: `owner` ([uid, gid] or None to keep), `mode` (of regular files, or None to keep),
    `graft` (a missing source removes `dest`; links to devices and /proc are dropped), `keep`
    (paths below the destination that stay as they are), `mounted` (paths that are mounts of their
    own).

    Raises:
        FileNotFoundError: Nothing is at `source` (unless grafting).
        OSError: EFBIG when the budget is used up.
    """
    folder, name = os.path.split(source.rstrip("/") or "/")
    try:
        # In a grafted state a parent that became a symlink is a trick, not a state.
        resolve = sc.RESOLVE_NO_SYMLINKS if options["graft"] else 0
        source_folder = sc.open_in_root(source_root, folder, _FOLDER, resolve)
        os.stat(name or ".", dir_fd=source_folder, follow_symlinks=False)
    except OSError as error:
        if not options["graft"]:
            raise
        if error.errno == errno.ENOENT:
            report.missing.append(source)
        else:
            report.drop(source, os.strerror(error.errno or 0))
        _remove_below(dest_root, dest)
        return
    dest_folder, dest_name = _parent(dest_root, dest)
    try:
        _copy(source_folder, name or ".", dest_folder, dest_name, dest, options, report, 0)
        if options["graft"]:
            _drop_bad_links(dest_root, report)
    finally:
        os.close(source_folder)
        os.close(dest_folder)


def open_regular(root: int, path: str) -> int:
    """Open a regular file below `root` without following a final symlink.

    Raises:
        FileNotFoundError: Nothing is there.
        IsADirectoryError: It is a folder.
        OSError: It is no regular file.
    """
    folder, name = os.path.split(path)
    parent = sc.open_in_root(root, folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.EINVAL, f"{path} is a symlink") from error
        raise
    finally:
        os.close(parent)
    kind = os.fstat(fd).st_mode
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, f"{path} is a folder")
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, f"{path} is not a regular file")
    return fd


def _parent(root: int, path: str) -> tuple[int, str]:
    """The (made) folder that holds `path` below `root`, and the last name."""
    folder, name = os.path.split(path.rstrip("/") or "/")
    if not name:
        return os.dup(root), "."
    with contextlib.suppress(FileNotFoundError):
        return sc.open_in_root(root, folder, os.O_RDONLY | os.O_DIRECTORY), name
    above, last = _parent(root, folder)
    with contextlib.suppress(FileExistsError):
        os.mkdir(last, 0o755, dir_fd=above)
    os.close(above)
    return sc.open_in_root(root, folder, os.O_RDONLY | os.O_DIRECTORY), name


def _remove_below(root: int, path: str) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        folder, name = os.path.split(path.rstrip("/"))
        parent = sc.open_in_root(root, folder, os.O_RDONLY | os.O_DIRECTORY)
        _remove(parent, name)
        os.close(parent)


def _remove(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            # Python 3.10's rmtree takes no dir_fd; this path names the very folder that we hold.
            shutil.rmtree(f"/proc/self/fd/{folder}/{name}")
        else:
            os.unlink(name, dir_fd=folder)


def _copy(
    source_folder: int,
    name: str,
    dest_folder: int,
    dest_name: str,
    path: str,
    options: dict[str, Any],
    report: Report,
    depth: int,
) -> None:
    """Make one entry of `dest_folder` equal to one entry of `source_folder`."""
    if path in options["keep"]:
        return
    info = os.stat(name, dir_fd=source_folder, follow_symlinks=False)
    there = _stat_or_none(dest_folder, dest_name)
    if options["graft"] and there is not None and _same(info, there, path, options):
        return
    if stat.S_ISDIR(info.st_mode):
        if depth > _MAX_DEPTH or len(path) > _MAX_PATH:
            report.drop(path, "nested too deeply")
            return
        _copy_folder(source_folder, name, dest_folder, dest_name, path, options, report, depth)
        return
    if there is not None:
        _remove(dest_folder, dest_name)
    if stat.S_ISLNK(info.st_mode):
        if not report.may_note(path):
            report.drop(path, "one symlink too many")
            return
        os.symlink(os.readlink(name, dir_fd=source_folder), dest_name, dir_fd=dest_folder)
        report.symlinks.append(path)
        _set_owner(dest_folder, dest_name, info, options)
    elif stat.S_ISREG(info.st_mode):
        _copy_file(source_folder, name, dest_folder, dest_name, info, path, options, report)
    else:
        report.drop(path, "not a file, folder or symlink")


def _same(one: os.stat_result, other: os.stat_result, path: str, options: dict[str, Any]) -> bool:
    """Whether both are the one unchanged file or folder of the image below two overlays.

    The change time cannot be set, so equality of all of these means the same lower inode. A change
    anywhere below a folder gives the folder, too, an inode of its own in its overlay, made then;
    but not where something else is mounted in between. (Overlays number folders as they like.)
    """
    fields = ("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_uid", "st_gid")
    if any(getattr(one, name) != getattr(other, name) for name in fields):
        return False
    if stat.S_ISDIR(one.st_mode):
        below = path.rstrip("/") + "/"
        return not any(mounted.startswith(below) for mounted in options["mounted"])
    return stat.S_ISREG(one.st_mode) and one.st_ino == other.st_ino


def _copy_folder(
    source_folder: int,
    name: str,
    dest_folder: int,
    dest_name: str,
    path: str,
    options: dict[str, Any],
    report: Report,
    depth: int,
) -> None:
    there = _stat_or_none(dest_folder, dest_name)
    if there is not None and not stat.S_ISDIR(there.st_mode):
        _remove(dest_folder, dest_name)
        there = None
    if there is None:
        os.mkdir(dest_name, 0o700, dir_fd=dest_folder)
    source = os.open(name, _FOLDER, dir_fd=source_folder)
    dest = os.open(dest_name, _FOLDER, dir_fd=dest_folder)
    try:
        entries = set(os.listdir(source))
        above = path.rstrip("/")
        for extra in set(os.listdir(dest)) - entries if there is not None else ():
            if f"{above}/{extra}" not in options["keep"]:
                _remove(dest, extra)
        for entry in sorted(entries):
            inner = f"{above}/{entry}"
            _copy(source, entry, dest, entry, inner, options, report, depth + 1)
        _copy_attributes(source, dest)
        info = os.fstat(source)
        _set_owner(dest_folder, dest_name, info, options)
        os.fchmod(dest, stat.S_IMODE(info.st_mode))
        os.utime(dest, ns=(info.st_atime_ns, info.st_mtime_ns))
    finally:
        os.close(source)
        os.close(dest)


def _copy_file(
    source_folder: int,
    name: str,
    dest_folder: int,
    dest_name: str,
    info: os.stat_result,
    path: str,
    options: dict[str, Any],
    report: Report,
) -> None:
    key = (info.st_dev, info.st_ino)
    if info.st_nlink > 1 and _link_again(key, dest_folder, dest_name, report):
        return
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    source = os.open(name, flags, dir_fd=source_folder)
    dest = os.open(dest_name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=dest_folder)
    try:
        _copy_data(source, dest, info.st_size, report)
        _copy_attributes(source, dest)
        _set_owner(dest_folder, dest_name, info, options)
        mode = options["mode"]
        os.fchmod(dest, stat.S_IMODE(info.st_mode) if mode is None else mode)
        os.utime(dest, ns=(info.st_atime_ns, info.st_mtime_ns))
        if info.st_nlink > 1 and report.may_note(path):
            report.links[key] = path
    finally:
        os.close(source)
        os.close(dest)


def _link_again(key: tuple[int, int], folder: int, name: str, report: Report) -> bool:
    """Give the first copy of a hard-linked file one more name; False where it must be copied."""
    if key not in report.links:
        return False
    with contextlib.suppress(OSError):
        first = sc.open_in_root(
            report.dest_root, report.links[key], os.O_PATH, sc.RESOLVE_NO_SYMLINKS
        )
        try:
            os.link(f"/proc/self/fd/{first}", name, dst_dir_fd=folder)
        finally:
            os.close(first)
        return True
    return False


def _copy_data(source: int, dest: int, size: int, report: Report) -> None:
    """Copy the data and leave the holes, so that a huge sparse file costs nothing."""
    at = 0
    while at < size:
        try:
            start = os.lseek(source, at, os.SEEK_DATA)
            at = os.lseek(source, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # only a hole is left
                break
            raise
        report.budget -= at - start
        if report.budget < 0:
            raise OSError(errno.EFBIG, "the files are larger than the limit")
        os.lseek(source, start, os.SEEK_SET)
        os.lseek(dest, start, os.SEEK_SET)
        _copy_range(source, dest, at - start)
    os.ftruncate(dest, size)


def _copy_range(source: int, dest: int, count: int) -> None:
    while count > 0:
        data = os.read(source, min(count, _CHUNK))
        if not data:
            return
        view = memoryview(data)
        while view:
            view = view[os.write(dest, view) :]
        count -= len(data)


def _copy_attributes(source: int, dest: int) -> None:
    with contextlib.suppress(OSError):
        for name in os.listxattr(source):
            if name.startswith("user."):
                os.setxattr(dest, name, os.getxattr(source, name))


def _set_owner(folder: int, name: str, info: os.stat_result, options: dict[str, Any]) -> None:
    uid, gid = options["owner"] or (info.st_uid, info.st_gid)
    with contextlib.suppress(PermissionError, ValueError):
        # EINVAL and EPERM: the id is not mapped in an ordinary user's namespace.
        try:
            os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise


def _drop_bad_links(root: int, report: Report) -> None:
    """Remove links that lead to a device, a FIFO, a socket, or into /proc, /sys or /dev.

    Links to the verifier's files go, too: what stands in /tests would be taken for an answer. They
    need not stand there yet.
    """
    systems = set()
    for name in ("proc", "dev", "dev/shm", "sys"):
        with contextlib.suppress(FileNotFoundError):
            systems.add(os.stat(name, dir_fd=root).st_dev)
    systems.discard(os.fstat(root).st_dev)  # /sys is no mount in every sandbox
    for path in report.symlinks:
        end = end_of_links(path, lambda place: _target_of(root, place))
        if end is None or is_below(end, VERIFIERS_OWN):
            _remove_below(root, path)
            report.drop(path, "a link to the verifier's files" if end else "a link without end")
            continue
        try:
            fd = sc.open_in_root(root, path, os.O_PATH, sc.RESOLVE_NO_MAGICLINKS)
        except OSError as error:
            if error.errno != errno.ELOOP:
                continue  # dangling: as harmless as any missing file
            bad = True
        else:
            info = os.fstat(fd)
            os.close(fd)
            kind_ok = stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)
            bad = info.st_dev in systems or not kind_ok
        if bad:
            _remove_below(root, path)
            report.drop(path, "a link to a device or system file")
    report.symlinks.clear()


def end_of_links(path: str, readlink: Callable[[str], str | None]) -> str | None:
    """Where a path leads, through whatever links; None where the way is too long to be honest.

    Args:
        path: Below a root that no link leads out of.
        readlink: Gives a link's target by its place below the root, and None for all else.

    Returns:
        The place, without a slash at its beginning or end; it need not exist.
    """
    left = path.strip("/").split("/")[::-1]
    at: list[str] = []
    for _ in range(_MAX_STEPS):
        if not left:
            return "/".join(at)
        name = left.pop()
        if name == "..":
            at = at[:-1]
        elif name not in ("", "."):
            target = readlink("/".join([*at, name]))
            if target is None:
                at.append(name)
            else:
                left += target.split("/")[::-1]
                at = [] if target.startswith("/") else at
    return None


def is_below(place: str, tops: Iterable[str]) -> bool:
    """Whether a place is one of `tops`, or below one; none begins or ends with a slash."""
    return any(place == top or place.startswith(f"{top}/") for top in tops)


def _target_of(root: int, path: str) -> str | None:
    try:
        return os.readlink(path, dir_fd=root)
    except OSError:  # no link, or nothing
        return None


def _stat_or_none(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
