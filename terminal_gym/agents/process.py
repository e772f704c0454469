"""An agent that is a program of its own, in any language: JSON lines on stdin and stdout."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from terminal_gym.episodes import AgentResponse, safe_text
from terminal_gym.errors import AgentFault, UserError

_MAX_LINE = 16 << 20
_GRACE_S = 1.0
_INFO_KEYS = ("bundle", "bundle_digest", "domain", "backend", "seed")


class ProcessAgent:
    """Starts a program for each episode, tells it what the terminal shows, and types its answers.

    It is told one JSON object per line: `{"type": "reset", "info": {…}}` once, which it does not
    answer; `{"type": "act", "observation": {instruction, output, exit_code, cwd, running}}`, which
    it answers by one line `{"action": "…"}`; at last `{"type": "close"}` and the end of stdin. An
    answer may hold the fields of `AgentResponse`, too (message, reasoning, model_name, metrics,
    llm_calls). Its stderr is quoted where it fails. After the episode its whole process group is
    killed. It runs on this machine, not in the sandbox.

    Args:
        command: The program and its arguments, as one line or as a list.
        timeout_s: Longest wait for an answer.
        cwd: Where it runs.
        env: Variables on top of this process's.
        label: Its name, as it is recorded.
        model_name: As it is recorded.
    """

    def __init__(
        self,
        command: str | Sequence[str] | None = None,
        *,
        timeout_s: float = 600.0,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        label: str = "process",
        model_name: str | None = None,
    ) -> None:
        self._command = shlex.split(command) if isinstance(command, str) else list(command or ())
        if not self._command:
            raise UserError(
                "the agent 'process' needs a command",
                remedy="--agent-option 'command=python my_agent.py'",
            )
        self.name, self.model_name = label, model_name
        self._timeout_s, self._cwd, self._env = timeout_s, cwd, env
        self._program: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._unread = b""
        self.last_response = AgentResponse()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Start the program.

        Raises:
            UserError: It cannot be started.
        """
        self._kill()
        self._unread = b""
        try:
            self._program = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                cwd=self._cwd,
                env={**os.environ, **(self._env or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(
                f"the agent {self._command[0]!r} cannot be started: {error.strerror}",
                remedy="give a program that can be run from here",
            ) from error
        for pipe in (self._program.stdin, self._program.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        told = {key: info[key] for key in _INFO_KEYS if info.get(key) is not None}
        self._send({"type": "reset", "info": told}, time.monotonic() + self._timeout_s)

    def act(self, observation: Any) -> str:
        """The program's answer.

        Raises:
            AgentFault: It ended, was silent for too long, or answered what is no action.
        """
        until = time.monotonic() + self._timeout_s
        self._send({"type": "act", "observation": _plain(observation)}, until)
        line = self._read_line(until)
        try:
            answer = json.loads(line)
            action = answer["action"]
            if not isinstance(action, str):
                raise TypeError("its action is no text")
            self.last_response = AgentResponse.model_validate(
                {key: answer[key] for key in AgentResponse.model_fields if key in answer}
            )
        except (ValueError, TypeError, KeyError, RecursionError, ValidationError) as error:
            shown = line[:200].decode(errors="replace")
            raise self._fault(f"answered {shown!r}, which is no action: {error}") from error
        return action

    def close(self) -> None:
        """Tell the program, wait a moment, kill what is left of its process group."""
        if self._program is not None and self._program.poll() is None:
            with suppress(AgentFault):
                self._send({"type": "close"}, time.monotonic() + _GRACE_S)
            assert self._program.stdin is not None
            self._program.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._program.wait(_GRACE_S)
        self._kill()
        self._errors.close()

    def _kill(self) -> None:
        program, self._program = self._program, None
        if program is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # others of its group may live on
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        for pipe in (program.stdin, program.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, message: dict[str, Any], until: float) -> None:
        fd = self._pipe("stdin")
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            self._await(fd, until, writing=True)
            try:
                data = data[os.write(fd, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._fault("ended") from error

    def _read_line(self, until: float) -> bytes:
        fd = self._pipe("stdout")
        while b"\n" not in self._unread:
            if len(self._unread) > _MAX_LINE:
                raise self._fault(f"answered more than {_MAX_LINE} bytes without a line's end")
            self._await(fd, until)
            part = os.read(fd, 1 << 16)
            if not part:
                raise self._fault("ended")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _await(self, fd: int, until: float, *, writing: bool = False) -> None:
        poll = select.poll()  # select() knows no descriptor above 1023
        poll.register(fd, select.POLLOUT if writing else select.POLLIN)
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise self._fault(f"did not answer within {self._timeout_s:g} s")

    def _pipe(self, name: str) -> int:
        pipe = getattr(self._program, name, None)
        if pipe is None or pipe.closed:
            raise self._fault("is not running")
        return int(pipe.fileno())

    def _fault(self, what: str) -> AgentFault:
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2000))
        said = safe_text(self._errors.read().decode(errors="replace")).strip().splitlines()
        tail = " | ".join(said[-3:]) or "(nothing)"
        return AgentFault(
            f"the agent's program {what}; its stderr: {tail}",
            remedy="it must answer each line of type act by one line of JSON with an action",
        )


def _plain(observation: Mapping[str, Any]) -> dict[str, Any]:
    """Without numpy's numbers."""
    return {
        key: value if isinstance(value, str) else int(value) for key, value in observation.items()
    }
