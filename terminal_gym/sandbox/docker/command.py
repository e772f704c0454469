"""A command without a terminal in a container: its input, its output, and its end.

The engine's stream ends when the last process lets go of it, which may be a daemon that the command
left, and tells no process id. So a shell runs the command: on its standard error, which the command
does not get, it says its process id and the status; on standard output it marks the end.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import struct
import time
from collections.abc import Sequence
from socket import SHUT_WR

from terminal_gym.sandbox.docker.engine import ExecStream

_CHUNK = 1 << 16
_FRAME = struct.Struct(">BxxxL")  # stream, three zero bytes, length: the engine's attach format
_STDERR = 2
_WRAPPER = (
    'printf "%s\\n" "$$" >&2; mark=$1; shift; (exec "$@") 2>&1; status=$?;'
    ' printf %s "$mark"; printf "\\nended %s\\n" "$status" >&2; exit "$status"'
)
_MARK_S = 0.5  # the engine copies the two streams apart: the mark comes about when the status does


def wrapped(argv: Sequence[str]) -> tuple[list[str], bytes]:
    """The arguments of `sh -c` that run `argv` and tell of it, and the mark at the output's end."""
    mark = f"\x1d{secrets.token_hex(8)}\x1d"
    return [_WRAPPER, "sh", mark, *argv], mark.encode()


class Command:
    """A command that runs, and the output that it has given so far.

    Args:
        stream: The engine's connection.
        mark: See `wrapped`; without one, the end of the stream is the only end.
        max_output: Bytes of output to keep.

    Attributes:
        pid: The process group that it is, by the sandbox's count; "" until it has begun.
        status: Its exit status, once it has ended and said so.
        kept: The output.
        omitted: Bytes of output beyond `max_output`.
    """

    def __init__(self, stream: ExecStream, mark: bytes = b"", max_output: int = 0) -> None:
        self._socket = stream.socket
        self._mark = mark
        self._max = max_output
        self._frames, self._told, self._tail = bytearray(), bytearray(), b""
        self._marked = False
        self.pid = ""
        self.status: int | None = None
        self.kept = bytearray()
        self.omitted = 0
        self._take(stream.early)

    def finish(self, stdin: bytes, end: float) -> bool:
        """Feed and read until the command ends; False when time was up first."""
        unsent = memoryview(stdin)
        if not unsent:
            self._no_more_input()
        while (left := end - time.monotonic()) > 0:
            wanted = select.POLLIN | (select.POLLOUT if unsent else 0)
            poll = select.poll()
            poll.register(self._socket, wanted)
            for _, event in poll.poll(left * 1000):
                if event & select.POLLOUT and unsent:
                    unsent = unsent[self._send(unsent) :]
                    if not unsent:
                        self._no_more_input()
                if event & (select.POLLIN | select.POLLHUP) and not self._receive():
                    return True
            if self.status is not None:
                if self._marked:
                    break
                end = min(end, time.monotonic() + _MARK_S)
        return self.status is not None

    def _send(self, data: memoryview) -> int:
        try:
            return self._socket.send(data[:_CHUNK])
        except (BrokenPipeError, ConnectionResetError):  # it does not read its input
            return len(data)

    def _no_more_input(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(SHUT_WR)

    def _receive(self) -> bool:
        """Read once; False at the stream's end."""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        self._take(data)
        return bool(data)

    def _take(self, data: bytes) -> None:
        """Take the engine's frames apart."""
        self._frames += data
        while len(self._frames) >= _FRAME.size:
            stream, size = _FRAME.unpack_from(self._frames)
            if len(self._frames) < _FRAME.size + size:
                break
            frame = bytes(self._frames[_FRAME.size : _FRAME.size + size])
            del self._frames[: _FRAME.size + size]
            self._hear(frame) if stream == _STDERR else self._keep(frame)

    def _hear(self, data: bytes) -> None:
        """Take in what the wrapper says."""
        self._told += data
        *lines, rest = bytes(self._told).split(b"\n")
        self._told = bytearray(rest)
        for line in lines:
            word, _, number = line.decode(errors="replace").partition(" ")
            if not self.pid:
                self.pid = word
            elif word == "ended" and number.isdigit():
                self.status = int(number)

    def _keep(self, data: bytes) -> None:
        """Keep output, but for the mark and what may turn out to be it.

        A program can find the mark and print it; only with the status does it mean the end.
        """
        data = self._tail + data
        if self._mark and self._mark in data:
            self._marked = True
            data = data.replace(self._mark, b"")
        cut = len(data) - _begun(data, self._mark)
        data, self._tail = data[:cut], data[cut:]
        room = self._max - len(self.kept)
        self.kept += data[:room]
        self.omitted += max(0, len(data) - room)


def _begun(data: bytes, mark: bytes) -> int:
    """How many of the last bytes of `data` are the beginning of `mark`."""
    return next((n for n in range(len(mark) - 1, 0, -1) if data.endswith(mark[:n])), 0)
