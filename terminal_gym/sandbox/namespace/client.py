"""The owner's side of the launcher: requests with descriptors, answers with descriptors."""

from __future__ import annotations

import atexit
import contextlib
import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal_gym.errors import ResourceFault, SandboxFault, StorageExceeded

_FULL = {errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.EDQUOT}
# A sandbox's own doing, where a path of it is named.
_OF_PATHS = {errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
_MAX_ANSWER = 1 << 20
_MAX_REQUEST = 160_000  # bytes that a packet socket surely takes at once


class Reply:
    """The answers to one request; close it when done."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def fileno(self) -> int:
        """For selectors."""
        return self._channel.fileno()

    def read(self, timeout_s: float | None = None) -> tuple[dict[str, Any], list[int]]:
        """The next answer and its descriptors.

        Raises:
            SandboxFault: The launcher said that it failed, ended without an answer, or gave none
                in time.
        """
        self._channel.settimeout(timeout_s)
        try:
            packet, fds, _, _ = socket.recv_fds(self._channel, _MAX_ANSWER, 8)
        except TimeoutError as error:
            raise SandboxFault(
                f"the sandbox launcher gave no answer within {timeout_s} s",
                remedy="the host may be overloaded; try again with fewer at a time",
            ) from error
        if not packet:
            raise SandboxFault(
                "the sandbox launcher ended without an answer",
                remedy="the host may be out of memory or processes; try again",
            )
        answer: dict[str, Any] = json.loads(packet)
        if "error" in answer:
            raise _as_fault(answer)
        return answer, fds

    def close(self) -> None:
        """Give back the socket."""
        self._channel.close()


def _as_fault(answer: dict[str, Any]) -> Exception:
    if answer["type"] == "FileNotFoundError":
        return FileNotFoundError(errno.ENOENT, answer["error"])
    if answer["type"] == "IsADirectoryError":
        return IsADirectoryError(errno.EISDIR, answer["error"])
    if answer["errno"] in _FULL:
        return ResourceFault(
            f"the host is out of a resource: {answer['error']}",
            remedy="run fewer environments at once, or raise the limit that is named",
        )
    if answer["errno"] == errno.EFBIG:
        return StorageExceeded(answer["error"], remedy="raise storage_mb of the task")
    if answer["errno"] in _OF_PATHS:
        return OSError(answer["errno"], answer["error"])  # a NotADirectoryError, for one
    if answer["errno"] == errno.EINVAL and answer["type"] == "OSError":
        return OSError(errno.EINVAL, answer["error"])
    return SandboxFault(f"sandbox launcher: {answer['error']}")


class Launcher:
    """Starts the launcher process once and sends it requests; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pid = 0

    def request(self, operation: str, fds: Sequence[int] = (), **arguments: Any) -> Reply:
        """Send one request; answers come over the returned `Reply`.

        Raises:
            SandboxFault: The launcher cannot be started, or the request is too large.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        packet = json.dumps({"op": operation, **arguments}).encode()
        if len(packet) > _MAX_REQUEST:
            ours.close()
            theirs.close()
            raise SandboxFault("arguments and environment are too large", remedy="use a file")
        try:
            with self._lock:
                self._send(packet, [theirs.fileno(), *fds])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Reply(ours)

    def call(
        self, operation: str, fds: Sequence[int] = (), *, timeout_s: float = 60.0, **arguments: Any
    ) -> tuple[dict[str, Any], list[int]]:
        """Send a request and wait for its only answer."""
        reply = self.request(operation, fds, **arguments)
        try:
            return reply.read(timeout_s)
        finally:
            reply.close()

    def close(self) -> None:
        """End the launcher. Its sandboxes live until their own sockets close. Idempotent."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._process is not None and self._pid == os.getpid():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
            self._process = None

    def _send(self, packet: bytes, fds: list[int]) -> None:
        for attempt in (1, 2):
            if self._control is None or self._pid != os.getpid():
                self._start()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [packet], fds)
                return
            except (BrokenPipeError, ConnectionResetError) as error:
                # The launcher was killed from outside: start another, once.
                self._control.close()
                self._control = None
                if attempt == 2:
                    raise SandboxFault("the sandbox launcher keeps dying") from error

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        old = self._process if self._pid == os.getpid() else None
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py"))]
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={"PATH": os.defpath},
                cwd="/",
            )
        except OSError as error:
            ours.close()
            raise ResourceFault(
                f"cannot start the sandbox launcher: {error}",
                remedy="the host may be at its process limit",
            ) from error
        finally:
            theirs.close()
        self._control, self._pid = ours, os.getpid()
        if old is not None:
            old.wait()  # it was killed; nothing else waits for it
        atexit.register(self.close)
