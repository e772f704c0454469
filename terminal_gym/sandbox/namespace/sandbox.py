"""One sandbox made of namespaces."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import (
    DEFAULT_PATH,
    ExecResult,
    Image,
    Sandbox,
    SandboxSpec,
    StateReport,
)
from terminal_gym.sandbox.namespace.cgroups import ControlGroup
from terminal_gym.sandbox.namespace.client import Launcher, Reply
from terminal_gym.sandbox.namespace.files import RootFiles
from terminal_gym.sandbox.owner import owner_tag, remove_folder
from terminal_gym.sandbox.processes import has_ended, is_exiting
from terminal_gym.sandbox.pty import HostPty

_CHUNK = 1 << 16
_PIPE_READS = 4  # what a pipe can still hold after its writer died, and a little more


class NamespaceSandbox:
    """See `Sandbox`. The owner holds a life socket and descriptors: of pid 1, of the root folder,
    and of the mount namespace.

    Attributes:
        own_scratch: A folder on disk with what was written, to be removed at the end.
    """

    own_scratch: Path | None = None

    def __init__(
        self,
        launcher: Launcher,
        image: Image,
        spec: SandboxSpec,
        start: dict[str, Any],
        *,
        limit_by_group: bool,
    ) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.image = image
        self.spec = spec
        self._launcher = launcher
        self._lock = threading.RLock()
        self._user_namespace: bool = start["user_namespace"]
        self._network: bool = start["network"]
        self._ptys: list[HostPty] = []
        self._closed = False
        name = f"{owner_tag()}-{self.id}"
        self._group = ControlGroup(name, spec.limits) if limit_by_group else None
        try:
            self._start(start)
        except BaseException:
            if self._group:
                self._group.remove()
            raise

    def _start(self, start: dict[str, Any]) -> None:
        self._life, theirs = socket.socketpair()
        try:
            answer, (self._pidfd, self._root, self._mounts) = self._launcher.call(
                "start", [theirs.fileno()], hostname=self.spec.hostname, **start
            )
        except BaseException:
            self._life.close()
            raise
        finally:
            theirs.close()
        self._pid: int = answer["pid"]
        self._files = RootFiles(
            self._launcher,
            self._root,
            self._pidfd if self._user_namespace else None,
            mounted=[f"/{part}" for part in json.loads(self.image.ref)["base"]],
        )

    # --- programs ---

    def open_pty(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        rows: int = 24,
        cols: int = 80,
    ) -> HostPty:
        """See `Sandbox.open_pty`."""
        merged = {"TERM": "xterm-256color", **self._environment(env)}
        reply = self._spawn(argv, merged, cwd, user, [], pty=True, rows=rows, cols=cols)
        try:
            answer, (master,) = reply.read(30)
        finally:
            reply.close()
        pty = HostPty(master, answer["pid"])
        self._ptys.append(pty)
        return pty

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        stdin: bytes = b"",
        timeout_s: float = 60.0,
        max_output: int = 1 << 20,
        clean_env: bool = False,
    ) -> ExecResult:
        """See `Sandbox.run`."""
        began = time.monotonic()
        merged = dict(env or {}) if clean_env else self._environment(env)
        source = _memory_file(stdin)
        ours, theirs = os.pipe()
        try:
            reply = self._spawn(argv, merged, cwd, user, [source, theirs])
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(source)
            os.close(theirs)
        try:
            return _Running(reply, ours, max_output).finish(began, timeout_s)
        finally:
            reply.close()
            os.close(ours)

    def _environment(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {
            "HOSTNAME": self.spec.hostname,
            **self.image.env,
            **self.spec.env,
            **(env or {}),
        }

    def _spawn(
        self,
        argv: Sequence[str],
        env: dict[str, str],
        cwd: str | None,
        user: str | None,
        streams: list[int],
        *,
        pty: bool = False,
        rows: int = 0,
        cols: int = 0,
    ) -> Reply:
        self._must_live()
        groups = self._group.ways_in() if self._group else []
        try:
            return self._launcher.request(
                "spawn",
                [self._pidfd, *groups, *streams],
                argv=list(argv),
                env=env,
                path=env.get("PATH", DEFAULT_PATH),
                cwd=cwd or self.image.workdir,
                user=user or self.image.user,
                user_namespace=self._user_namespace,
                network=self._network,
                cgroups=len(groups),
                rlimits=self._rlimits(),
                pty=pty,
                rows=rows,
                cols=cols,
            )
        finally:
            for fd in groups:
                os.close(fd)

    def _rlimits(self) -> dict[str, int]:
        limits = {"RLIMIT_CORE": 0}
        if self._group is None:
            limits["RLIMIT_NPROC"] = self.spec.limits.pids
            limits["RLIMIT_AS"] = self.spec.limits.memory_mb << 20
        return limits

    # --- files ---

    def copy_in(
        self, source: Path, dest: str, *, owner: str = "root", mode: int | None = None
    ) -> None:
        """See `Sandbox.copy_in`."""
        self._must_be_open()
        self._files.copy_in(source, dest, owner, mode)

    def write_file(self, dest: str, data: bytes, *, owner: str = "root", mode: int = 0o644) -> None:
        """See `Sandbox.write_file`."""
        self._must_be_open()
        self._files.write(dest, data, owner, mode)

    def read_file(self, path: str, *, max_bytes: int = 1 << 20) -> bytes:
        """See `Sandbox.read_file`."""
        self._must_be_open()
        return self._files.read(path, max_bytes)

    def copy_out(self, path: str, dest: Path, *, max_bytes: int = 1 << 28) -> None:
        """See `Sandbox.copy_out`."""
        self._must_be_open()
        self._files.copy_out(path, dest, max_bytes)

    def top_names(self) -> list[str]:
        """See `Sandbox.top_names`."""
        self._must_be_open()
        return self._files.top_names()

    def graft_state(self, source: Sandbox, paths: Sequence[str]) -> StateReport:
        """See `Sandbox.graft_state`."""
        assert isinstance(source, NamespaceSandbox)
        source._must_be_open()
        self._must_be_open()
        limit = min(self.spec.limits.storage_mb, source.spec.limits.storage_mb) << 20
        return self._files.graft(source._files, paths, limit)

    # --- life ---

    def alive(self) -> bool:
        """See `Sandbox.alive`."""
        return not (self._closed or has_ended(self._pidfd) or is_exiting(self._pid))

    def kill_all(self) -> None:
        """See `Sandbox.kill_all`: the kernel kills a pid namespace with its first process."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            if not has_ended(self._pidfd, 30):
                raise SandboxFault("the sandbox's processes do not die")
            for pty in self._ptys:
                pty.close()
            if self._group:
                self._group.remove()
                self._group = None

    def close(self) -> None:
        """See `Sandbox.close`."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(SandboxFault, OSError):
                self.kill_all()
            self._closed = True
            self._life.close()
            for fd in (self._pidfd, self._root, self._mounts):
                os.close(fd)
            if self.own_scratch:
                remove_folder(self.own_scratch)
            if self._group:
                self._group.remove()

    def _must_be_open(self) -> None:
        if self._closed:
            raise SandboxFault("the sandbox is closed")

    def _must_live(self) -> None:
        self._must_be_open()
        if not self.alive():
            raise SandboxFault("the sandbox is dead: its first process has ended")


class _Running:
    """A command that runs, and the output that it has given so far."""

    def __init__(self, reply: Reply, output: int, max_output: int) -> None:
        self._reply = reply
        self._fd = output
        self._max = max_output
        self._kept = bytearray()
        self._omitted = 0

    def finish(self, began: float, timeout_s: float) -> ExecResult:
        """Collect output until the command ends or its time is up."""
        answer, _ = self._reply.read(30)
        end = began + timeout_s
        watched = [self._fd, self._reply.fileno()]
        while (left := end - time.monotonic()) > 0:
            ready = _readable(watched, left)
            if self._fd in ready:
                if not self._read():
                    watched.remove(self._fd)
            elif ready:
                return self._result(began, self._status())
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(answer["pid"], signal.SIGKILL)
        with contextlib.suppress(SandboxFault):
            self._reply.read(10)
        return self._result(began, None)

    def _status(self) -> int:
        try:
            status: int = self._reply.read(10)[0]["status"]
        except SandboxFault as error:
            raise SandboxFault("the sandbox died while a command ran") from error
        return status if status >= 0 else 128 - status

    def _read(self) -> bool:
        data = os.read(self._fd, _CHUNK)
        room = self._max - len(self._kept)
        self._kept += data[:room]
        self._omitted += max(0, len(data) - room)
        return bool(data)

    def _result(self, began: float, exit_code: int | None) -> ExecResult:
        # The command is dead; a daemon of its own may hold the pipe open for ever.
        for _ in range(_PIPE_READS):
            if not (_readable([self._fd], 0) and self._read()):
                break
        return ExecResult(
            exit_code=exit_code,
            output=bytes(self._kept),
            omitted_bytes=self._omitted,
            timed_out=exit_code is None,
            elapsed_s=time.monotonic() - began,
        )


def _readable(fds: list[int], timeout_s: float) -> list[int]:
    """Which descriptors can be read or have hung up (select(2) ends at descriptor 1023)."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN | select.POLLHUP)
    return [fd for fd, _ in poll.poll(timeout_s * 1000)]


def _memory_file(data: bytes) -> int:
    """A descriptor from which `data` can be read."""
    fd = os.memfd_create("stdin")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
