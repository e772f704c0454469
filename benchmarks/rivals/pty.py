"""A bash on a bare PTY, by pexpect: the floor for anything interactive."""

from __future__ import annotations

import os

import pexpect

from terminal_gym.terminal.keys import pasted
from terminal_gym.terminal.markers import MarkerProtocol

PROMPT = b"\x02ready\x03"
_READY = b";R;0\a"  # the last of the markers of a command that succeeded
_BASH = ["--noprofile", "--norc", "-i"]


class BarePty:
    """One bash; commands end where its prompt comes.

    Args:
        command: What starts the bash, where it is not started directly.
        args: Its arguments.
    """

    def __init__(self, command: str = "bash", args: list[str] | None = None) -> None:
        self._child = pexpect.spawn(
            command, _BASH if args is None else args, timeout=60, maxread=65536, echo=False
        )
        self._child.delaybeforesend = None
        self._child.delayafterread = None
        self._child.sendline("PS1=$'\\x02ready\\x03'; bind 'set enable-bracketed-paste off'")
        self._child.expect_exact(PROMPT)
        self.run(":")

    def run(self, command: str) -> bytes:
        """Run one command; gives what was printed."""
        self._child.sendline(command)
        self._child.expect_exact(PROMPT)
        printed: bytes = self._child.before
        return printed

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)


class MarkedPty(BarePty):
    """The same bash, given what ours is given: a bracketed paste, and markers to print.

    What it takes longer than `BarePty` is bash's own time for these.
    """

    def __init__(self) -> None:
        variables = {**os.environ, **MarkerProtocol().environment()}
        self._child = pexpect.spawn("bash", _BASH, timeout=60, maxread=65536, env=variables)
        self._child.delaybeforesend = None
        self._child.delayafterread = None
        self._child.expect_exact(_READY)
        self._child.sendline(" stty -echo; bind 'set enable-bracketed-paste on'")
        self._child.expect_exact(_READY)
        self.run(":")

    def run(self, command: str) -> bytes:
        """Run one command that succeeds; gives what was printed, markers and all."""
        self._child.send(pasted(command))
        self._child.expect_exact(_READY)
        printed: bytes = self._child.before
        return printed


def drain(command: str) -> int:
    """How many bytes a command prints on a PTY of its own, read as fast as can be."""
    child = pexpect.spawn("/bin/bash", ["-c", command], timeout=600, maxread=65536, echo=False)
    child.delayafterread = None
    total = 0
    try:
        while True:
            total += len(child.read_nonblocking(65536, 600))
    except pexpect.EOF:
        return total
    finally:
        child.close(force=True)
