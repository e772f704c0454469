"""A state machine drives a real shell with generated inputs, beside a model of what must come back.

The model knows the exit status, the folder and each byte that was printed. Set
TERMINAL_GYM_MACHINE_EXAMPLES to run that many new examples instead of the same few.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from local_sandbox import LocalSandbox

from terminal_gym.terminal import CommandResult, Terminal

_TIMEOUT_S = 20.0
# NUL cannot be in a shell's word; the others are the terminal's own keys or line ends.
_NOT_TYPED = "\0\x03\x11\x13\x1a\x1c\r"
texts = st.text(
    st.characters(exclude_characters=_NOT_TYPED, exclude_categories=["Cs"]), max_size=60
)
lines = st.text(
    st.characters(exclude_characters=_NOT_TYPED + "\n", exclude_categories=["Cs"]), max_size=60
)
codes = st.integers(0, 255)
names = st.text(
    st.characters(exclude_characters=_NOT_TYPED + "/", exclude_categories=["Cs"]),
    min_size=1,
    max_size=20,
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
# Whatever an agent may do to its shell; the model must hold under any of it.
disturbances = st.sampled_from(
    [
        "set -u",
        "set -o vi",
        "set -o emacs",
        "set +o emacs +o vi",
        "set -o posix",
        "stty sane",
        "stty -echo",
        "stty raw; stty sane -echo",
        "stty -opost",
        "export TERM=dumb",
        "export TERM=xterm",
        "PS1='$ '",
        "PS1=",
        "unset PS1 PS4",
        "trap : DEBUG",
        "trap - DEBUG",
        "trap true ERR",
        "trap 'exit 99' EXIT",
        "trap '' INT; trap - INT",
        "bind 'set enable-bracketed-paste off'",
        "bind 'set enable-bracketed-paste on'",
        "export LC_ALL=C.UTF-8",
        "tput smcup; tput rmcup",
        "unset IFS",
        "IFS=0123456789",
        "shopt -s extdebug; shopt -u extdebug",
        "exec >/dev/null; exec >/dev/tty",
        "exec 3>&1",
    ]
)


def wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + _TIMEOUT_S
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.005)
    return met


at_prompt = precondition(lambda self: self.mode == "prompt")


class Shell(RuleBasedStateMachine):
    """The model: `mode`, `code` and `folder`; `nested` bashes, `stopped` jobs, `owed` output."""

    @initialize()
    def start(self) -> None:
        self.sandbox = LocalSandbox()
        self.terminal = Terminal(self.sandbox)
        self.mode, self.code, self.folder = "prompt", 0, self.sandbox.folder
        self.folders: list[str] = []  # of the shells around a nested one
        self.owed: list[str] = []  # what background jobs have yet to print
        self.own_prompt = True
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "terminal"):
            self.terminal.close()
            self.sandbox.close()

    @invariant()
    def is_known(self) -> None:
        if hasattr(self, "terminal"):
            assert not self.terminal.exited

    def give(self, text: str, timeout_s: float = _TIMEOUT_S) -> tuple[CommandResult, bytes]:
        """Run; what background jobs printed is taken out, as it may come anywhere."""
        result = self.terminal.run(text, timeout_s)
        raw = result.raw.replace(b"\r\n", b"\n")
        for token in list(self.owed):
            if (line := f"{token}\n".encode()) in raw:
                raw = raw.replace(line, b"", 1)
                self.owed.remove(token)
        return result, raw

    def expect(self, text: str, printed: bytes, code: int) -> None:
        owed = len(self.owed)
        result, raw = self.give(text)
        if len(self.owed) < owed:  # it may have come just before the line break of our Enter
            raw, printed = raw.lstrip(b"\n"), printed.lstrip(b"\n")
        assert (result.state, result.exit_code, result.cwd) == ("done", code, self.folder), result
        assert raw == printed, (text, result.raw)
        self.code = code

    def press(self, keys: str) -> tuple[CommandResult, bytes]:
        """Type to a program, and wait for its end: a busy machine may take its time over it."""
        result, printed = self.give(keys)
        if result.state == "running":
            result, more = self.give("")
            printed += more
        return result, printed

    def begin(self, command: str) -> None:
        """Give a command that says `up` when it is to be typed to: earlier keys are readline's."""
        result, printed = self.give(command, 0.05)
        end = time.monotonic() + _TIMEOUT_S
        while b"up\n" not in printed and time.monotonic() < end:
            result, more = self.give("", 0.02)
            printed += more
        assert (result.state, printed) == ("running", b"up\n"), result

    @at_prompt
    @rule()
    def collect_what_is_owed(self) -> None:
        self.until_nothing_is_owed(lambda: self.expect("", b"", self.code))

    def until_nothing_is_owed(self, look: Callable[[], None]) -> None:
        end = time.monotonic() + _TIMEOUT_S
        while self.owed and time.monotonic() < end:
            time.sleep(0.01)
            look()
        assert not self.owed

    # --- at the prompt ---

    @at_prompt
    @rule(text=texts, code=codes)
    def say_in_single_quotes(self, text: str, code: int) -> None:
        self.expect(f"printf %s {shlex.quote(text)}; (exit {code})", text.encode(), code)

    @at_prompt
    @rule(text=texts, code=codes)
    def say_in_double_quotes(self, text: str, code: int) -> None:
        for special in '\\"$`':
            text = text.replace(special, "\\" + special)
        said = text
        for special in '`$"\\':
            said = said.replace("\\" + special, special)
        self.expect(f'printf %s "{text}"; (exit {code})', said.encode(), code)

    @at_prompt
    @rule(body=st.lists(lines, max_size=5), code=codes, tabs=st.booleans())
    def say_in_a_heredoc(self, body: list[str], code: int, tabs: bool) -> None:
        body = [line for line in body if line.lstrip("\t") != "END"]
        text = "".join(f"{line}\n" for line in body)
        said = "".join(f"{line.lstrip(chr(9)) if tabs else line}\n" for line in body)
        here = "<<-'END'" if tabs else "<<'END'"
        self.expect(f"cat {here}; (exit {code})\n{text}END", said.encode(), code)

    @at_prompt
    @rule(given=st.lists(codes, min_size=1, max_size=4))
    def several_lines_are_one_input(self, given: list[int]) -> None:
        text = "\n".join(f"echo l{code}\n(exit {code}) # comment" for code in given)
        self.expect(text, b"".join(b"l%d\n" % code for code in given), given[-1])

    @at_prompt
    @rule(text=st.sampled_from(["", "   ", "# comment", "\n\n", "#'", '# "$(']))
    def nothing(self, text: str) -> None:
        self.expect(text, b"", self.code)

    @at_prompt
    @rule()
    def ask_for_the_status(self) -> None:
        self.expect('echo "$?"', b"%d\n" % self.code, 0)

    @at_prompt
    @rule(text=st.sampled_from(["echo )", "fi", "if then", "echo a |& | b", ";;"]))
    def make_a_syntax_error(self, text: str) -> None:
        result, raw = self.give(text)
        assert (result.state, result.exit_code) == ("done", 2), result
        assert b"syntax error" in raw
        self.code = 2

    @at_prompt
    @rule(name=names)
    def go_into_a_folder(self, name: str) -> None:
        self.count += 1
        if len(self.folder.encode()) > 1_000:
            return
        name = f"{self.count}{name}"
        self.folder = f"{self.folder}/{name}"
        self.expect(f"mkdir -- {shlex.quote(name)} && cd -- {shlex.quote(name)}", b"", 0)

    @at_prompt
    @rule(text=disturbances)
    def disturb(self, text: str) -> None:
        self.collect_what_is_owed()
        self.own_prompt = self.own_prompt and "PS1" not in text
        result, _ = self.give(text)
        assert result.state == "done", result
        self.code = result.exit_code or 0

    @at_prompt
    @rule()
    def press_interrupt(self) -> None:
        self.collect_what_is_owed()  # the kernel throws away what was printed and not yet read
        result, _ = self.give("C-c")
        if self.code < 128:  # bash keeps a status that already speaks of a signal
            self.code = 130
        assert (result.state, result.exit_code) == ("done", self.code), result

    # What comes between two steps is told from a prompt by our own mark at the prompt's end.
    @at_prompt
    @precondition(lambda self: self.own_prompt and not self.folders)
    @rule(delay=st.sampled_from([0.0, 0.005, 0.05]))
    def leave_a_job_in_the_background(self, delay: float) -> None:
        self.count += 1
        token = f"job {self.count} has ended"
        self.owed.append(token)
        self.expect(f"( (sleep {delay}; echo {token}) & )", b"", 0)

    @at_prompt
    @precondition(lambda self: len(self.folders) < 2)
    @rule()
    def nest(self) -> None:
        self.collect_what_is_owed()
        self.folders.append(self.folder)
        result, _ = self.give("bash --norc")
        assert (result.state, result.cwd) == ("done", self.folder)
        self.code = 0

    @at_prompt
    @precondition(lambda self: self.folders)
    @rule(code=codes)
    def leave_the_nested_shell(self, code: int) -> None:
        self.folder = self.folders.pop()
        result, _ = self.give(f"trap - EXIT; exit {code}")
        assert (result.state, result.exit_code, result.cwd) == ("done", code, self.folder), result
        self.code = code

    # --- unfinished input ---

    @at_prompt
    @rule(text=texts.filter(lambda text: "'" not in text))
    def begin_a_quote(self, text: str) -> None:
        result, raw = self.give(f"printf %s '{text}")
        self.mode = "incomplete"
        self.said = f"{text.rstrip(chr(10))}\n"
        if result.state != "incomplete":  # PS2 is not exported to a nested shell that resets it
            raise AssertionError(f"{result!r} {raw!r}")

    @precondition(lambda self: self.mode == "incomplete")
    @rule(text=lines.filter(lambda text: "'" not in text), code=codes)
    def end_the_quote(self, text: str, code: int) -> None:
        self.mode = "prompt"
        self.expect(f"{text}'; (exit {code})", f"{self.said}{text}".encode(), code)

    @precondition(lambda self: self.mode == "incomplete")
    @rule()
    def leave_the_quote(self) -> None:
        self.until_nothing_is_owed(self.go_on_with_the_quote)  # an interrupt throws it away
        self.mode = "prompt"
        self.press_interrupt()

    def go_on_with_the_quote(self) -> None:
        assert self.give("")[0].state == "incomplete"

    # --- programs that run ---

    @at_prompt
    @rule(code=codes, waits=st.sampled_from([0.0, 0.03, 0.06]))
    def outlive_the_timeout(self, code: int, waits: float) -> None:
        result, printed = self.give(f"sleep 0.05; echo slept; (exit {code})", 0.01)
        for _ in range(3):
            if result.state == "done":
                break
            time.sleep(waits)
            result, more = self.give("")
            printed += more
        assert (result.state, result.exit_code) == ("done", code), result
        assert printed == b"slept\n", printed
        self.code = code

    @at_prompt
    @rule(code=codes, text=st.text("abc é$'\"#;", max_size=20), waits=st.sampled_from([0.0, 0.06]))
    def a_late_prompt(self, code: int, text: str, waits: float) -> None:
        """A command times out and ends by itself; the next is not answered by its prompt."""
        _, printed = self.give(f"sleep 0.03; echo first; (exit {(code + 1) % 256})", 0.005)
        time.sleep(waits)
        result, more = self.give(f"echo {shlex.quote(text)}; (exit {code})")
        assert (result.state, result.exit_code) == ("done", code), result
        said = (printed + more).decode()
        assert said.replace("first\n", "", 1).lstrip("\n").endswith(f"{text}\n".lstrip("\n")), said
        self.give("")  # with the echo on, what was typed ahead may be shown once more
        self.code = code

    @at_prompt
    @rule(answer=st.text("abc é$'\"#; ", max_size=20), code=codes)
    def answer_a_question(self, answer: str, code: int) -> None:
        self.begin(f"echo up; IFS= read -r x; printf '<%s>' \"$x\"; (exit {code})")
        result, raw = self.press(f"{answer}x")
        assert (result.state, result.exit_code) == ("done", code), result
        assert raw.endswith(f"<{answer}x>".encode())
        self.code = code

    @at_prompt
    @rule(key=st.sampled_from([("C-c", 130), ("C-\\", 131)]))
    def interrupt_a_program(self, key: tuple[str, int]) -> None:
        self.collect_what_is_owed()
        self.begin("cat - /dev/tty <<< up")  # says so itself: a shell would still ignore SIGQUIT
        result, _ = self.press(key[0])
        assert (result.state, result.exit_code) == ("done", key[1]), result
        self.code = key[1]

    @at_prompt
    @rule(code=codes)
    def stop_and_continue(self, code: int) -> None:
        self.collect_what_is_owed()
        self.begin(f"bash -c 'echo up; read -r x; exit {code}'")
        assert self.press("C-z")[0].exit_code == 148
        self.expect("echo between", b"between\n", 0)
        fd = self.sandbox.ptys[-1].process.fd
        shells = os.tcgetpgrp(fd)
        assert self.give("fg", 0.05)[0].state == "running"
        # A shell that has not read `fg` yet would take what is typed next for itself, too.
        assert wait_until(lambda: os.tcgetpgrp(fd) != shells)
        result, _ = self.press("go on")
        assert (result.state, result.exit_code) == ("done", code), result
        self.code = code


_EXAMPLES = os.environ.get("TERMINAL_GYM_MACHINE_EXAMPLES")

TestShell = pytest.mark.timeout(3600)(Shell.TestCase)
TestShell.settings = settings(
    max_examples=int(_EXAMPLES or 15),
    derandomize=not _EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
