"""A bash in a sandbox, on a PTY, one shell input at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal_gym.errors import TerminalFault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.terminal.channel import Channel, State
from terminal_gym.terminal.keys import key_bytes, pasted, quoted, typed
from terminal_gym.terminal.markers import MarkerProtocol
from terminal_gym.terminal.output import Output, clean
from terminal_gym.terminal.screen import Screen

_START_TIMEOUT_S = 30.0
_SETTLE_S = 0.03  # after a program ended that we typed to: does bash run what it left unread?
_QUIET_S = 0.5  # a program that has answered and now waits
_KILLS, _KILLED_S = 5, 0.2
_INTERRUPT = b"\x03"
# Keys that mean something to an idle prompt; other names may be commands there.
_PROMPT_KEYS = ("C-c", "C-d")
# Readline reads raw, so that lines may be longer than the kernel's 4,096 bytes; a bracketed paste
# is taken literally (tabs, several lines) and run as one input. With the echo off, readline draws
# nothing. PROMPT_COMMAND is made read-only against accidents; a hostile agent harms only itself.
# PS1 is not for the children: a nested shell of another kind would print it as it is.
_SETUP = (
    " set +H; unset HISTFILE MAILCHECK; HISTCONTROL=ignorespace; readonly PROMPT_COMMAND;"
    " export -n PS1; bind 'set enable-bracketed-paste on'; bind 'set bell-style none';"
    r" history -c; printf '\e[H\e[2J'"
    "\n"
)


@dataclass(frozen=True, eq=False, slots=True)
class CommandResult:
    """What one shell input did.

    Attributes:
        output: Cleaned text, whole up to the terminal's cap.
        raw: What the PTY printed, up to the terminal's cap.
        omitted_bytes: Output beyond the cap.
        exit_code: 0-255; None unless `state` is "done".
        cwd: The shell's working folder, as last known.
        state: done: at the prompt; running: a program has the terminal; incomplete: the shell wants
            the rest of the input; exited: the shell has ended.
        elapsed_s: Seconds from the input to here.
    """

    output: str
    raw: bytes = field(repr=False)
    omitted_bytes: int
    exit_code: int | None
    cwd: str
    state: State
    elapsed_s: float

    def __eq__(self, other: object) -> bool:
        """Equal when the same was seen; how long it took, and how it was drawn, are no part."""
        if not isinstance(other, CommandResult):
            return NotImplemented
        return self._seen() == other._seen()

    def __hash__(self) -> int:
        return hash(self._seen())

    def _seen(self) -> tuple[object, ...]:
        return (self.output, self.omitted_bytes, self.exit_code, self.cwd, self.state)


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
        markers = MarkerProtocol()
        variables = {**(env or {}), **markers.environment(r"\u@\h:\w\$ " if echo else "")}
        self._cap = output_cap
        self._kill_on_timeout = kill_on_timeout
        self._clean_trace = markers.without_traces
        self._screen = Screen(rows, cols)
        self._pty = sandbox.open_pty(
            ["bash", "--noprofile", "--norc", "-i"],
            env={**self._defaults(sandbox), **variables},
            cwd=cwd,
            user=user,
            rows=rows,
            cols=cols,
        )
        where = cwd or sandbox.image.workdir
        self._channel = Channel(
            sandbox, self._pty, markers, self._screen, cap=output_cap, cwd=where
        )
        self._start(_SETUP if echo else f" stty -echo;{_SETUP}")

    @staticmethod
    def _defaults(sandbox: Sandbox) -> dict[str, str]:
        """What the image does not say otherwise.

        A pager would wait for a key at a full screen. A bash inside ours would expand `!`, and
        where it cannot, prompt again without a PROMPT_COMMAND.
        """
        own = {"LANG": "C.UTF-8", "PAGER": "cat", "MANPAGER": "cat", "GIT_PAGER": "cat"}
        own["histchars"] = ""
        named = {**sandbox.image.env, **sandbox.spec.env}
        return {key: value for key, value in own.items() if key not in named}

    def _start(self, setup: str) -> None:
        channel, sink = self._channel, Output(4096)
        try:
            channel.collect(sink, _START_TIMEOUT_S)
            if channel.state == "done":
                channel.write(setup.encode(), sink, _START_TIMEOUT_S)
                channel.collect(sink, _START_TIMEOUT_S)
            if channel.state != "done":
                said = clean(sink.kept()).strip()[-200:]
                raise TerminalFault(
                    f"bash gave no prompt, but {said!r}", remedy="does the image have bash?"
                )
        except BaseException:
            self.close()
            raise

    @property
    def cwd(self) -> str:
        """The shell's working folder, as last known."""
        return self._channel.cwd

    @property
    def running(self) -> bool:
        """Whether a program has the terminal."""
        return self._channel.running

    @property
    def exited(self) -> bool:
        """Whether the shell has ended."""
        return self._channel.exited

    @property
    def screen(self) -> str:
        """The terminal's present screen, one line per row."""
        return self._screen.text()

    def run(self, text: str, timeout_s: float) -> CommandResult:
        """Give one input and wait for its end.

        At the prompt, `text` is one shell input of one or more lines. While a program runs, it is
        typed to it with Enter; the empty text only waits. The name of a key (`C-c`, `Up`, …)
        presses that key; at an idle prompt only `C-c` and `C-d` (the shell's end) are keys.

        A program that was typed to and then says nothing for half a second is taken to wait for
        more, so that a dialogue with it does not cost the whole timeout each time.

        Args:
            text: The input.
            timeout_s: How long to wait, seconds.

        Raises:
            TerminalFault: The PTY is lost.
            SandboxFault: The sandbox is gone.
        """
        was = self._channel.state
        self._channel.drain()
        state, name = self._channel.state, text.strip()
        key = key_bytes(name)
        if state == "done":
            if was == "running" and (key is not None or not text):
                return self._exchange(b"", 0.0)  # the program ended before the key was pressed
            if name in _PROMPT_KEYS:
                self._channel.await_prompt(_SETTLE_S)
                return self._press_at_prompt(key or b"", timeout_s)
            return self._command(text, timeout_s)
        if key is not None and state == "incomplete":
            return self._press_at_prompt(key, timeout_s)
        if key is not None:
            return self._press(key, timeout_s)
        if state == "incomplete":
            return self._command(text, timeout_s)
        if not text:
            return self._exchange(b"", timeout_s, kill=self._kill_on_timeout)
        return self._press(typed(text), timeout_s)

    def send_keys(self, keys: str, wait_s: float) -> CommandResult:
        """Press keys as they are (a key's name, or characters), and wait for at most `wait_s`.

        Returns early when a command that was entered ends.
        """
        self._channel.drain()
        key = key_bytes(keys)
        data = typed(keys, enter=False) if key is None else key
        return self._exchange(data, wait_s, settle=True, restore=True)

    def close(self) -> None:
        """Hang up. Idempotent; never raises."""
        self._channel.state = "exited"
        self._pty.close()

    # --- the ways of giving input ---

    def _command(self, text: str, timeout_s: float) -> CommandResult:
        """A shell input at the prompt (or the rest of one): pasted, then entered."""
        kill = self._kill_on_timeout
        if self._channel.ready:
            return self._exchange(pasted(text), timeout_s, kill=kill)
        return self._exchange(quoted(text), timeout_s, settle="\n" in text.strip(), kill=kill)

    def _press(self, data: bytes, timeout_s: float) -> CommandResult:
        """Keys for whoever reads the terminal; who may answer and then wait for more."""
        return self._exchange(data, timeout_s, quiet_s=_QUIET_S, settle=True, restore=True)

    def _press_at_prompt(self, key: bytes, timeout_s: float) -> CommandResult:
        """A key for readline, which looks for signals and then sleeps until a byte comes.

        An interrupt between the two is acted on only with the next one, so that is given, too.
        """
        marks = self._channel.marks
        result = self._press(key, timeout_s)
        if key == _INTERRUPT and self._channel.marks == marks and not self._channel.exited:
            return self._press(key, timeout_s)
        return result

    def _exchange(
        self,
        data: bytes,
        timeout_s: float,
        *,
        quiet_s: float | None = None,
        settle: bool = False,
        restore: bool = False,
        kill: bool = False,
    ) -> CommandResult:
        """Write, and read until the shell is at a prompt again.

        Args:
            data: What to write; nothing means to wait only.
            timeout_s: How long to wait, seconds.
            quiet_s: Return when nothing was printed for that long.
            settle: After a prompt, wait a moment for bash to run what was typed ahead.
            restore: These are keys: without any marker in answer, the shell is where it was.
            kill: Kill what still runs at the end.
        """
        channel = self._channel
        began = time.monotonic()
        output = channel.take_late(self._cap)
        was, marks = channel.state, channel.marks
        if data and was != "exited":
            channel.write(data, output, timeout_s)
        channel.collect(output, timeout_s - (time.monotonic() - began), quiet_s)
        if settle and not channel.running:
            self._settle(output, began + timeout_s, quiet_s)
        if kill and channel.state == "running":
            self._kill(output)
        if restore and channel.state == "running" and channel.marks == marks:
            channel.state = was
        channel.drop_echo(output)
        return self._result(output, began)

    def _settle(self, output: Output, end: float, quiet_s: float | None) -> None:
        """Go on while a prompt is only a step on the way, until `end`."""
        channel = self._channel
        marks, until = channel.marks, time.monotonic() + _SETTLE_S
        while not (channel.running or channel.exited):
            if (now := time.monotonic()) >= min(until, end):
                break
            channel.read(output, until - now)
            channel.collect(output, end - now, quiet_s)
            if channel.marks != marks:
                marks, until = channel.marks, time.monotonic() + _SETTLE_S

    def _kill(self, output: Output) -> None:
        """End what is in the foreground: its group, then by C-c a loop of the shell itself."""
        for _ in range(_KILLS):
            self._pty.kill_foreground()
            self._channel.collect(output, _KILLED_S)
            if self._channel.state != "running":
                break
            self._channel.write(_INTERRUPT, output, _KILLED_S)
            self._channel.collect(output, _KILLED_S)

    def _result(self, output: Output, began: float) -> CommandResult:
        channel = self._channel
        return CommandResult(
            output=self._clean_trace(output.text()),
            raw=output.kept(),
            omitted_bytes=output.omitted,
            exit_code=channel.exit_code if channel.state == "done" else None,
            cwd=channel.cwd,
            state=channel.state,
            elapsed_s=time.monotonic() - began,
        )
