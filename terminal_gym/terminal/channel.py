"""Bash's end of the line: bytes to it, and what comes back, read as states of the shell."""

from __future__ import annotations

import errno
import os
import re
import time
from typing import Literal

import pexpect

from terminal_gym.errors import SandboxFault, TerminalFault
from terminal_gym.sandbox.base import Pty, Sandbox
from terminal_gym.terminal.keys import PASTE_BEGIN, PASTE_END
from terminal_gym.terminal.markers import READY, TAKEN, Kind, Marker, MarkerProtocol
from terminal_gym.terminal.output import Output, clean
from terminal_gym.terminal.screen import Screen

State = Literal["done", "running", "incomplete", "exited"]

_CHUNK = 1 << 16
_TYPED_AT_ONCE = 4096
_READY_S = 0.1  # a prompt without readline's sign: the agent turned bracketed paste off
_LOOK_S = 0.2  # how often to see whether the shell is still there
_READS_AT_ONCE = 128  # a flood in the background must not hold up the next input for ever
_NOTHING = Output(1)
_PRINTABLE = re.compile(rb"[!-~]{1,8}")
_ENDED = (errno.EIO, errno.EBADF, errno.EPIPE)  # the other side has closed it, or we have


class Channel:
    """The PTY of one bash.

    Attributes:
        state: What the shell is doing, as far as has been read.
        exit_code: The last command's.
        cwd: The shell's working folder, as last known.
        ready: Readline takes a bracketed paste now.
        marks: How many markers have come but `ready`; tells whether an input did anything.
        late: What was printed while nobody waited.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        pty: Pty,
        markers: MarkerProtocol,
        screen: Screen,
        *,
        cap: int,
        cwd: str,
    ) -> None:
        self._sandbox, self._pty = sandbox, pty
        self._markers, self._screen = markers, screen
        # Of the stream: half a marker; what was late at the last input; a prompt being drawn.
        self._rest, self._before, self._drawing = b"", _NOTHING, b""
        # Of the shell: a command ran since the last prompt; that prompt is drawn.
        self._ran = self._at_prompt = False
        # Of the last input: itself; its echo is to come; it was pasted, at a drawn prompt.
        self._input, self._echo, self._pasted, self._drawn = b"", False, False, False
        self.state: State = "running"
        self.exit_code = 0
        self.cwd = cwd
        self.ready = False
        self.marks = 0
        self.late = Output(cap)

    @property
    def running(self) -> bool:
        """Whether a program has the terminal."""
        return self.state == "running"

    @property
    def exited(self) -> bool:
        """Whether the shell has ended."""
        return self.state == "exited"

    def take_late(self, cap: int) -> Output:
        """A new output that begins with what was printed since the last one."""
        output = Output(cap)
        self._before = _NOTHING
        if self.late.total:
            self._before, self.late = self.late, Output(cap)
            output.extend(self._before)
        return output

    def write(self, data: bytes, output: Output, timeout_s: float) -> None:
        """Write all of it, reading meanwhile: either side's buffer may be full.

        What a program does not take within the time stays untyped, as at a stuck keyboard.
        """
        self._echo = self.state in ("done", "incomplete")
        self._input = data
        self.state = "running"
        self._drawn, self._pasted = self._at_prompt, self.ready
        self.ready = self._at_prompt = False
        view = memoryview(data)
        end = time.monotonic() + timeout_s
        while view and not self.exited:
            try:
                view = view[self._pty.spawn.send(bytes(view[:_TYPED_AT_ONCE])) :]
            except BlockingIOError:
                if time.monotonic() >= end:  # and not before: nothing but a full buffer is slow
                    break
                self.read(output, 0.01)
            except (OSError, ValueError) as error:
                self._ended(error)

    def collect(self, output: Output, timeout_s: float, quiet_s: float | None = None) -> None:
        """Read until the state is no longer `running`, the time is up, or it has been quiet."""
        now = heard = time.monotonic()
        end = now + timeout_s
        while self.running:
            limit = end if quiet_s is None else min(end, heard + quiet_s)
            if now >= limit:
                break
            came = self.read(output, min(limit - now, _LOOK_S))
            now = time.monotonic()
            if came:
                heard = now
            elif self._shell_is_gone():
                self.state = "exited"
            if not self.running:  # which bash may be again, if it had more lines to read
                self._await_readiness(output)

    def await_prompt(self, timeout_s: float) -> None:
        """Wait until the prompt is drawn: a signal that comes earlier may be acted on later."""
        end = time.monotonic() + timeout_s
        while self.state == "done" and not self._at_prompt:
            if (left := end - time.monotonic()) <= 0:
                break
            self.read(self.late, left)

    def drain(self) -> None:
        """Take in what has been printed since the last reading."""
        for _ in range(_READS_AT_ONCE):
            if self.exited or not self.read(self.late, 0.0):
                break

    def read(self, output: Output, timeout_s: float) -> bool:
        """Read once; gives whether anything came."""
        try:
            data = self._pty.spawn.read_nonblocking(_CHUNK, timeout_s)
        except pexpect.TIMEOUT:
            return False
        except (pexpect.EOF, OSError, ValueError) as error:
            self._text(self._rest, output)
            self._rest = b""
            self._ended(error)
            return False
        self._screen.feed(data)
        fresh = self._echo and not self._rest and output.total == self._before.total
        if fresh and (answer := self._markers.answer(data)):
            self._take_answer(*answer, output)
            return True
        pieces, self._rest = self._markers.split(self._rest + data)
        for piece in pieces:
            if isinstance(piece, Marker):
                self._mark(piece, output)
            else:
                self._text(piece, output)
        return True

    def drop_echo(self, output: Output, at: Kind | None = None) -> None:
        """Forget what readline showed of the input: all before it gives the terminal back.

        Args:
            output: Where it is.
            at: The marker that has come; without one, only readline's own sign is trusted.
        """
        if not self._echo or output.omitted:
            return
        shown = output.kept()[len(self._before.kept()) :]
        if taken := TAKEN.search(shown):
            own = self._without_echo(shown, taken)
        elif at:
            own = b"" if at == "start" else self._without_echoed_line(shown)
        else:
            return
        self._echo = False
        output.clear()
        output.extend(self._before)
        output.add(own)

    def _without_echo(self, shown: bytes, taken: re.Match[bytes]) -> bytes:
        """What readline did not write: where it showed nothing, that is a background job's.

        Its prompt must have been drawn before, or that is what was shown.
        """
        before, after = shown[: taken.start()], shown[taken.end() :].replace(READY, b"")
        return self._before_echo(before) + after if self._drawn else after

    def _typed(self) -> tuple[bytes, bool]:
        """The first that can be seen of the input, and whether only blanks come before that."""
        text = self._input.removeprefix(PASTE_BEGIN).partition(PASTE_END)[0]
        seen = _PRINTABLE.search(text)
        typed = seen[0] if seen else b""
        return typed, text.lstrip(b" ").startswith(typed)

    def _before_echo(self, before: bytes) -> bytes:
        """The lines that came before readline showed the first of what was typed."""
        typed, leads = self._typed()
        if not typed:  # but blanks, at most
            return before if clean(before).strip() else b""
        at = before.find(typed)
        if at < 0:
            return before
        return before[: before.rfind(b"\n", 0, at) + 1] if leads else b""

    def _without_echoed_line(self, shown: bytes) -> bytes:
        """The same where it gives no sign, and no command began to run."""
        line, end, rest = shown.partition(b"\n")
        typed, _ = self._typed()
        echoed = line.startswith(typed) if typed else not line.strip()
        return rest if end and echoed and not self._pasted else shown

    def _await_readiness(self, output: Output) -> None:
        """Input must not arrive before readline takes it raw."""
        end = time.monotonic() + _READY_S
        while self.state == "done" and not (self.ready or self._at_prompt):
            if (left := end - time.monotonic()) <= 0:
                break
            self.read(output, left)

    def _take_answer(self, shown: bytes, prompt: Marker, output: Output) -> None:
        """What `_mark` and `_text` make of it, in one go: nearly every answer is read whole."""
        output.add(shown)
        self.marks += 2
        self.exit_code, self.cwd = prompt.exit_code, prompt.cwd
        self.state, self.ready, self._at_prompt = "done", True, True
        self._echo, self._ran, self._drawing = False, False, b""

    def _mark(self, marker: Marker, output: Output) -> None:
        self.marks += marker.kind != "ready"
        pasteable = marker.kind == "more" and output.kept().endswith(READY)
        if marker.kind != "ready":  # which may be the one of the prompt before
            self.drop_echo(output, at=marker.kind)
            self._echo = False
        if marker.kind == "start":
            self.state, self._ran = "running", True
        elif marker.kind == "prompt":
            self.state, self.ready, self._at_prompt = "done", False, False
            self._ran, self._drawing = False, b""
            self.exit_code, self.cwd = marker.exit_code, marker.cwd
        elif marker.kind == "ready":
            if self._ran:  # a trap or an option of the agent's kept the other marker away
                self.state, self.exit_code, self.ready = "done", marker.exit_code, False
            self._ran, self._at_prompt = False, self.state == "done"
            if b"\n" in self._drawing:  # more than a prompt: a job in the background
                self.late.add(self._drawing)
            self._drawing = b""
            if self._echo:
                typed, _ = self._typed()
                if not (typed and typed in output.kept()):
                    self._drawn = True  # we were faster than the prompt
        else:
            self.state, self.ready, self._at_prompt = "incomplete", pasteable, True

    def _text(self, data: bytes, output: Output) -> None:
        if self.state == "running":
            output.add(data)
        elif self._at_prompt:
            taken = TAKEN.search(data)  # else a job in the background printed it
            self.late.add(self._without_echo(data, taken) if taken else data)
        else:
            self._draw(data)

    def _draw(self, data: bytes) -> None:
        """Take in what comes between two marks of a prompt: jobs, readline's sign, the prompt."""
        data = self._drawing + data
        if not self.ready and READY in data:
            self.ready = True
            before, _, data = data.partition(READY)
            self.late.add(before)
        self._drawing = data[:_CHUNK]

    def _shell_is_gone(self) -> bool:
        """Whether the session has ended, though a job left behind still holds the terminal open."""
        try:
            return os.tcgetpgrp(self._pty.spawn.fileno()) == 0
        except OSError:
            return False

    def _ended(self, error: Exception) -> None:
        """The PTY is at its end: the shell has ended, or something is lost."""
        self.state = "exited"
        if not self._sandbox.alive():
            raise SandboxFault("the sandbox died under the terminal") from error
        if isinstance(error, OSError) and error.errno not in _ENDED:
            raise TerminalFault(f"the terminal is lost: {error}") from error
