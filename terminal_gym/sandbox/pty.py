"""A terminal of which this process holds the controlling side itself."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import struct
import termios
import threading
from fcntl import ioctl

from pexpect import EOF, TIMEOUT
from pexpect.fdpexpect import fdspawn

_TIOCGSID = 0x5429  # which the termios module of older Pythons lacks


class PollingSpawn(fdspawn):  # type: ignore[misc]
    """pexpect over a descriptor that does not block: one poll object serves all of its reads.

    It is read as bytes, and no log is kept.

    Args:
        fd: The descriptor.
    """

    def __init__(self, fd: int) -> None:
        super().__init__(fd, timeout=30, maxread=1 << 16, use_poll=True)
        self.delaybeforesend = None
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN | select.POLLPRI)

    def send(self, s: bytes) -> int:
        """As pexpect's."""
        return os.write(self.child_fd, s)

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> bytes:
        """As pexpect's; without a timeout to wait for, the descriptor itself says what is there."""
        if self.child_fd < 0:
            raise EOF("the descriptor is closed")
        if timeout == -1:
            timeout = self.timeout
        if timeout != 0 and not self._poll.poll(None if timeout is None else timeout * 1000):
            raise TIMEOUT("nothing came")
        try:
            data = os.read(self.child_fd, size)
        except BlockingIOError:
            raise TIMEOUT("nothing came") from None
        except OSError as error:
            if error.errno != errno.EIO:  # which is how a terminal ends
                raise
            data = b""
        if not data:
            self.flag_eof = True
            raise EOF("the other side is closed")
        return data


class HostPty:
    """See `Pty`.

    Args:
        master: The terminal's controlling side; ours from now on.
        pid: The program on it, by the host's count.
    """

    def __init__(self, master: int, pid: int) -> None:
        os.set_blocking(master, False)  # a full terminal must not block the writer, who also reads
        self._master = master  # -1 once closed: its number may be another environment's by then
        self._pid = pid
        self._lock = threading.Lock()
        self.spawn = PollingSpawn(master)

    def resize(self, rows: int, cols: int) -> None:
        """See `Pty.resize`."""
        with self._lock:
            if self._master >= 0:
                size = struct.pack("HHHH", rows, cols, 0, 0)
                ioctl(self._master, termios.TIOCSWINSZ, size)

    def kill_foreground(self) -> None:
        """See `Pty.kill_foreground`."""
        with self._lock, contextlib.suppress(OSError):
            group = os.tcgetpgrp(self._master)
            if group not in (0, self._pid):
                os.killpg(group, signal.SIGKILL)

    def close(self) -> None:
        """See `Pty.close`. A program may ignore the hang-up, so its groups are killed, too."""
        with self._lock:
            if self._master < 0:
                return
            for ask in (_TIOCGSID, termios.TIOCGPGRP):
                with contextlib.suppress(OSError):
                    (group,) = struct.unpack("i", ioctl(self._master, ask, bytes(4)))
                    if group > 1:
                        os.killpg(group, signal.SIGKILL)
            self._master = -1
            with contextlib.suppress(OSError):
                self.spawn.close()
