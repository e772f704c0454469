"""A stand-in for a sandbox: real programs on a real PTY of this machine, isolated by nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence

from pexpect.fdpexpect import fdspawn
from ptyprocess import PtyProcess

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import DEFAULT_PATH, Image, SandboxSpec


class LocalPty:
    """A program of this machine on a PTY."""

    def __init__(self, process: PtyProcess) -> None:
        self.process = process
        process.delayafterclose = process.delayafterterminate = 0.005
        os.set_blocking(process.fd, False)
        self.spawn = fdspawn(process.fd, maxread=1 << 16, use_poll=True)
        self.spawn.delaybeforesend = None

    def resize(self, rows: int, cols: int) -> None:
        fcntl.ioctl(self.process.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def kill_foreground(self) -> None:
        with contextlib.suppress(OSError):
            group = os.tcgetpgrp(self.process.fd)
            if group not in (0, self.process.pid):
                os.killpg(group, signal.SIGKILL)

    def close(self) -> None:
        if self.process.closed:
            return
        self.process.closed = True
        with contextlib.suppress(OSError):
            self.process.fileobj.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process.pid, 0)


class LocalSandbox:
    """As much of `Sandbox` as a terminal uses; its folder is `folder`."""

    def __init__(self) -> None:
        self.spec = SandboxSpec()
        self.id = "local"
        self._folder = tempfile.TemporaryDirectory(
            prefix="terminal-test-",
            ignore_cleanup_errors=True,  # a job in the background may still be writing
        )
        self.folder = os.path.realpath(self._folder.name)
        self.image = Image(backend="local", digest="", ref="", workdir=self.folder)
        self.ptys: list[LocalPty] = []
        self.dead = False

    def open_pty(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        rows: int = 24,
        cols: int = 80,
    ) -> LocalPty:
        if self.dead:
            raise SandboxFault("the sandbox is gone")
        base = {"PATH": DEFAULT_PATH, "HOME": self.folder, "TERM": "xterm-256color"}
        process = PtyProcess.spawn(
            list(argv), cwd=cwd or self.folder, env={**base, **(env or {})}, dimensions=(rows, cols)
        )
        self.ptys.append(LocalPty(process))
        return self.ptys[-1]

    def alive(self) -> bool:
        return not self.dead

    def close(self) -> None:
        self.dead = True
        for pty in self.ptys:
            pty.close()
        for patience_s in (0.01, 0.1, 1.0):  # what hangs up may write while it dies
            try:
                return self._folder.cleanup()
            except OSError:
                time.sleep(patience_s)
        self._folder.cleanup()
