"""A bash in a sandbox, on a PTY, one shell input at a time."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Literal

import pexpect
from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.errors import SandboxFault, TerminalFault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.terminal.keys import key_bytes
from terminal_gym.terminal.markers import READY, Marker, MarkerProtocol
from terminal_gym.terminal.output import Output
from terminal_gym.terminal.screen import Screen

State = Literal["done", "running", "incomplete", "exited"]

_START_TIMEOUT_S = 30.0
_SETTLE_S = 0.03  # after a program ended that we typed to: does bash run what it left unread?
_READY_S = 0.1  # a prompt without readline's sign: the agent turned bracketed paste off
_QUIET_S = 0.5  # a program that has answered and now waits
_CHUNK = 1 << 16
_TYPED_AT_ONCE = 4096
# Readline reads raw, so that lines may be longer than the kernel's 4,096 bytes; a bracketed paste
# is taken literally (tabs, several lines) and run as one input. With the echo off, readline draws
# nothing. PROMPT_COMMAND is made read-only against accidents; a hostile agent harms only itself.
_SETUP = (
    " set +H; unset HISTFILE; HISTCONTROL=ignorespace; readonly PROMPT_COMMAND;"
    " bind 'set enable-bracketed-paste on'; bind 'set bell-style none'\n"
)
_UNTYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PASTE_END = "\x1b[201~"


class CommandResult(BaseModel):
    """What one shell input did."""

    model_config = ConfigDict(frozen=True)

    output: str = Field(description="cleaned text, whole up to the terminal's cap")
    raw: bytes = Field(description="what the PTY printed, up to the terminal's cap", repr=False)
    omitted_bytes: int = Field(default=0, description="output beyond the cap")
    exit_code: int | None = Field(description="0-255; None unless state is 'done'")
    cwd: str = Field(description="the shell's working folder, as last known")
    state: State = Field(
        description="done: at the prompt; running: a program has the terminal; incomplete: the "
        "shell wants the rest of the input; exited: the shell has ended"
    )
    elapsed_s: float


class Terminal:
    """An interactive bash.

    Args:
        sandbox: Where.
        env: Variables on top of the sandbox's.
        cwd: Where it starts; default: the image's WORKDIR.
        user: As whom; default: the image's USER.
        rows: Height.
        cols: Width.
        output_cap: Bytes of one command's output to keep.
        kill_on_timeout: Kill the foreground program when its time is up, instead of leaving it.
        echo: Show a prompt and what is typed on the screen. A command's output never holds it.

    Raises:
        TerminalFault: No prompt came.
        SandboxFault: The sandbox is gone.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        rows: int = 24,
        cols: int = 80,
        output_cap: int = 8 << 20,
        kill_on_timeout: bool = False,
        echo: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._markers = MarkerProtocol()
        self._cap = output_cap
        self._kill_on_timeout = kill_on_timeout
        self._rest = b""
        self._state: State = "running"
        self._exit_code = 0
        self._ready = False
        self._awaits_start = False
        self._screen = Screen(rows, cols)
        self.cwd = cwd or sandbox.image.workdir
        variables = {"LANG": "C.UTF-8", **(env or {}), **self._markers.environment()}
        if echo:
            variables["PS1"] = r"\u@\h:\w\$ "
        argv = ["bash", "--noprofile", "--norc", "-i"]
        self._pty = sandbox.open_pty(argv, env=variables, cwd=cwd, user=user, rows=rows, cols=cols)
        self._start(_SETUP if echo else f" stty -echo;{_SETUP}")

    def _start(self, setup: str) -> None:
        try:
            self._collect(Output(4096), _START_TIMEOUT_S)
            if self._state == "done":
                self._state = "running"
                self._write(setup.encode(), Output(4096), _START_TIMEOUT_S)
                self._collect(Output(4096), _START_TIMEOUT_S)
            if self._state != "done":
                raise TerminalFault("bash gave no prompt", remedy="does the image have bash?")
        except BaseException:
            self.close()
            raise
        self._screen.reset()

    @property
    def running(self) -> bool:
        """Whether a program has the terminal."""
        return self._state == "running"

    @property
    def exited(self) -> bool:
        """Whether the shell has ended."""
        return self._state == "exited"

    @property
    def screen(self) -> str:
        """The terminal's present screen, one line per row."""
        return self._screen.text()

    def run(self, text: str, timeout_s: float) -> CommandResult:
        """Give one input and wait for its end.

        At the prompt, `text` is one shell input of one or more lines. While a program runs, it is
        typed to it with a newline; the empty text only waits. The name of a key (`C-c`, `Up`, …)
        presses that key, at the prompt only for control keys.

        Args:
            text: The input.
            timeout_s: How long to wait, seconds.

        Raises:
            TerminalFault: The PTY is lost.
            SandboxFault: The sandbox is gone.
        """
        self._drain()
        keys = key_bytes(text.strip())
        if keys is not None and (self._state != "done" or text.strip().startswith("C-")):
            return self._interact(keys, timeout_s)
        if self._state == "running":
            return self._interact(text.encode() + b"\n" if text else b"", timeout_s)
        return self._command(text, timeout_s)

    def send_keys(self, keys: str, wait_s: float) -> CommandResult:
        """Press keys as they are (a key's name, or characters), and wait for at most `wait_s`.

        Returns early when a command that was entered ends.
        """
        self._drain()
        data = key_bytes(keys)
        if data is None:
            data = keys.replace("\n", "\r").encode()
        enters = b"\r" in data or self._state != "done" or data[:1] < b" "
        return self._exchange(data, wait_s, quiet_s=None, waits_for_prompt=enters)

    def close(self) -> None:
        """Hang up. Idempotent; never raises."""
        self._state = "exited"
        self._pty.close()

    # --- the three ways of giving input ---

    def _command(self, text: str, timeout_s: float) -> CommandResult:
        """A shell input at the prompt (or the rest of one): pasted, then entered."""
        plain = _UNTYPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip("\n")
        data = plain.replace(_PASTE_END, "").encode()
        if self._ready:
            data = b"\x1b[200~" + data + _PASTE_END.encode()
        return self._exchange(data + b"\r", timeout_s, quiet_s=None)

    def _interact(self, data: bytes, timeout_s: float) -> CommandResult:
        """Bytes for a running program; it may answer and then wait for more."""
        return self._exchange(data, timeout_s, quiet_s=_QUIET_S if data else None, settle=True)

    def _exchange(
        self,
        data: bytes,
        timeout_s: float,
        *,
        quiet_s: float | None,
        settle: bool = False,
        waits_for_prompt: bool = True,
    ) -> CommandResult:
        began = time.monotonic()
        output = Output(self._cap)
        if self._state == "exited":
            return self._result(output, began)
        was, self._state = self._state, "running"
        if was != "running" and not waits_for_prompt:
            self._state = was
        self._write(data, output, timeout_s)
        if waits_for_prompt:
            self._collect(output, timeout_s, quiet_s)
        else:
            self._drain(output, timeout_s)
        while settle and self._state == "done" and self._read(output, _SETTLE_S):
            self._collect(output, timeout_s)
        if self._state == "running" and self._kill_on_timeout and quiet_s is None:
            self._pty.kill_foreground()
            self._collect(output, 5.0)
        return self._result(output, began)

    def _result(self, output: Output, began: float) -> CommandResult:
        text = output.text()
        if self._awaits_start:  # nothing was run, so this line break is the echo of Enter
            text = text.removeprefix("\n")
        return CommandResult(
            output=text,
            raw=output.kept(),
            omitted_bytes=output.omitted,
            exit_code=self._exit_code if self._state == "done" else None,
            cwd=self.cwd,
            state=self._state,
            elapsed_s=time.monotonic() - began,
        )

    # --- the stream ---

    def _collect(self, output: Output, timeout_s: float, quiet_s: float | None = None) -> State:
        """Read until the state is no longer `running`, the time is up, or it has been quiet."""
        end = time.monotonic() + timeout_s
        while self._state == "running" and (left := end - time.monotonic()) > 0:
            wait = left if quiet_s is None else min(left, quiet_s)
            if not self._read(output, wait) and quiet_s is not None:
                break
        if self._state in ("done", "incomplete") and not self._ready:
            # Input must not arrive before readline takes it raw.
            end = time.monotonic() + _READY_S
            while not self._ready and (left := end - time.monotonic()) > 0:
                self._read(output, left)
        return self._state

    def _drain(self, output: Output | None = None, timeout_s: float = 0.0) -> None:
        """Take in what is there already (for at most `timeout_s` more)."""
        sink = output or Output(4096)
        end = time.monotonic() + timeout_s
        while self._state != "exited" and self._read(sink, max(0.0, end - time.monotonic())):
            pass

    def _read(self, output: Output, timeout_s: float) -> bool:
        """Read once; gives whether anything came."""
        try:
            data = self._pty.spawn.read_nonblocking(_CHUNK, timeout_s)
        except pexpect.TIMEOUT:
            return False
        except (pexpect.EOF, OSError) as error:
            self._ended(error)
            return False
        self._screen.feed(data)
        pieces, self._rest = self._markers.split(self._rest + data)
        for piece in pieces:
            if isinstance(piece, Marker):
                self._mark(piece, output)
            else:
                self._text(piece, output)
        return True

    def _mark(self, marker: Marker, output: Output) -> None:
        if marker.kind == "start":
            # What came before is the echo of the input, where the agent turned the echo on.
            if self._awaits_start:
                output.clear()
            self._awaits_start = False
            self._state = "running"
        elif marker.kind == "prompt":
            self._state, self._ready = "done", False
            self._exit_code, self.cwd = marker.exit_code, marker.cwd
        else:
            self._state, self._ready = "incomplete", True  # PS2 itself is drawn by readline

    def _text(self, data: bytes, output: Output) -> None:
        if self._state == "running":
            output.add(data)
        elif READY in data:
            self._ready = True

    def _ended(self, error: Exception) -> None:
        """The PTY is at its end: the shell has ended, or the sandbox is gone."""
        self._state = "exited"
        if not self._sandbox.alive():
            raise SandboxFault("the sandbox died under the terminal") from error

    def _write(self, data: bytes, output: Output, timeout_s: float) -> None:
        """Write all of it, reading meanwhile: either side's buffer may be full.

        What a program does not take within the time stays untyped, as at a stuck keyboard.
        """
        self._awaits_start = True
        self._ready = False
        view = memoryview(data)
        end = time.monotonic() + timeout_s
        while view and self._state != "exited" and time.monotonic() < end:
            try:
                view = view[self._pty.spawn.send(bytes(view[:_TYPED_AT_ONCE])) :]
            except BlockingIOError:
                self._read(output, 0.01)
            except OSError as error:
                self._ended(error)
