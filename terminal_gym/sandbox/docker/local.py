"""A container of an engine on this very machine: what needs no call to the engine.

Every call costs the engine milliseconds, and each byte of a terminal passes through three of its
processes. Where the container's first process is in sight, and may be looked into, its terminals
are opened in its own devpts, its files are moved below its root folder, and it is killed by its
pidfd. Programs are still started by the engine, with all that it takes from them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import stat
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.namespace import syscalls as sc
from terminal_gym.sandbox.namespace.client import Launcher
from terminal_gym.sandbox.namespace.files import RootFiles
from terminal_gym.sandbox.processes import has_ended, is_exiting
from terminal_gym.sandbox.pty import HostPty

_TIOCGPTN, _TIOCGSID = 0x80045430, 0x5429
_PTMX = os.makedev(5, 2)
_START_S, _LOOK_S = 30.0, 0.2
# Started by the engine as the leader of a session, it takes the terminal that it opens.
ON_TERMINAL = ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&0']


class LocalContainer:
    """See above.

    Args:
        pid: The first process, by the host's count.
        container: The container's id, which the process must have.
        launcher: Moves files.
        engines_own: Files in it that are no state.

    Raises:
        OSError: It is not in sight, or may not be looked into.
    """

    def __init__(
        self, pid: int, container: str, launcher: Launcher, engines_own: Sequence[str]
    ) -> None:
        self._pid = pid
        self._pidfd = os.pidfd_open(pid)
        self._open = [self._pidfd]
        try:
            _must_be_of(pid, container)
            self._root = self._hold(f"/proc/{pid}/root", os.O_DIRECTORY)
            # Without it all mounts below the root would be gone with the last process.
            self._hold(f"/proc/{pid}/ns/mnt", 0)
            if has_ended(self._pidfd):
                raise ProcessLookupError(pid)
        except BaseException:
            self.close()
            raise
        self._goes_first = _goes_first(pid)
        self.files = RootFiles(launcher, self._root, keep=engines_own, mounted=_mounted(pid))

    def _hold(self, path: str, flags: int) -> int:
        self._open.append(os.open(path, os.O_RDONLY | flags))
        return self._open[-1]

    def close(self) -> None:
        """Let go of it. Idempotent."""
        while self._open:
            os.close(self._open.pop())

    @property
    def alive(self) -> bool:
        """Whether the first process, and with it any other, may run."""
        return bool(self._open) and not (has_ended(self._pidfd) or is_exiting(self._pid))

    @property
    def whole(self) -> bool | None:
        """Whether the engine has taken none of its files away; None where it must be asked."""
        return None if self._goes_first is None else os.path.lexists(self._goes_first)

    def kill(self) -> bool:
        """Kill every process and wait until they are dead; False if they were dead before.

        Raises:
            SandboxFault: They do not die.
        """
        if not self._open or has_ended(self._pidfd):
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        if not has_ended(self._pidfd, 30):
            raise SandboxFault("the container's processes do not die")
        return True

    def open_terminal(self, uid: int) -> tuple[int, int, str]:
        """A new terminal of the container: its two sides, and its path in there.

        Args:
            uid: Whose it is.
        """
        master = sc.open_in_root(
            self._root, "/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY, sc.RESOLVE_NO_SYMLINKS
        )
        try:
            info = os.fstat(master)
            if not stat.S_ISCHR(info.st_mode) or info.st_rdev != _PTMX:
                raise SandboxFault("the container has no terminals at /dev/pts")
            fcntl.ioctl(master, sc.TIOCSPTLCK, struct.pack("i", 0))
            (number,) = struct.unpack("I", fcntl.ioctl(master, _TIOCGPTN, bytes(4)))
            slave = fcntl.ioctl(master, sc.TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
        except BaseException:
            os.close(master)
            raise
        os.fchown(slave, uid, -1)
        return master, slave, f"/dev/pts/{number}"


def start_on_terminal(
    local: LocalContainer,
    uid: int,
    start: Callable[[str], Callable[[], bool]],
    size: tuple[int, int] = (24, 80),
) -> HostPty:
    """A program on a new terminal of a container.

    Args:
        local: The container.
        uid: Whose the terminal is.
        start: Starts the program: `ON_TERMINAL`, the given path of the terminal, its arguments.
            Gives what tells whether it runs.
        size: Rows and columns.

    Raises:
        SandboxFault: It did not start.
    """
    master, slave, path = local.open_terminal(uid)
    try:
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        return HostPty(master, _await_session(master, start(path)))
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)  # until then it keeps the terminal from looking hung up


def _await_session(master: int, runs: Callable[[], bool]) -> int:
    """The leader of the terminal's session, once it has one; 0 where it has ended already."""
    end = time.monotonic() + _START_S
    look = time.monotonic() + _LOOK_S
    while (now := time.monotonic()) < end:
        with contextlib.suppress(OSError):
            (leader,) = struct.unpack("i", fcntl.ioctl(master, _TIOCGSID, bytes(4)))
            if leader > 0:
                return int(leader)
        if now > look:
            if not runs():
                return 0
            look = now + _LOOK_S
        time.sleep(0.0005)
    raise SandboxFault("no program could be started on a terminal")


def _must_be_of(pid: int, container: str) -> None:
    """Process ids may be counted elsewhere (an engine outside of our container, say)."""
    if container not in Path(f"/proc/{pid}/cgroup").read_text():
        raise ProcessLookupError(pid)
    numbers = re.findall(r"\d+", Path(f"/proc/{pid}/uid_map").read_text())
    if numbers[:2] != ["0", "0"]:  # users are counted elsewhere: files would get wrong owners
        raise PermissionError(pid)


def _goes_first(pid: int) -> Path | None:
    """What an engine removes before a container's files, where that is in sight.

    With the driver overlay2 it is the short name of the folder that was written to. containerd's
    snapshots have none: they are emptied file by file.
    """
    root = next(line for line in _mounts(pid) if line.split()[4] == "/")
    found = re.search(r"[, ]upperdir=(/[^, ]+)", root)
    if not found:
        return None
    layer = Path(found[1]).parent
    try:
        name = layer.parent / "l" / (layer / "link").read_text()
    except OSError:
        return None
    return name if os.path.lexists(name) else None


def _mounted(pid: int) -> list[str]:
    """Where something is mounted in a process's root, volumes of the image among it."""
    return [line.split()[4] for line in _mounts(pid)]


def _mounts(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
