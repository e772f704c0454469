"""One sandbox that is a container."""

from __future__ import annotations

import contextlib
import posixpath
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from docker.errors import APIError

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import (
    DEFAULT_PATH,
    ExecResult,
    Image,
    Pty,
    Sandbox,
    SandboxSpec,
    StateReport,
)
from terminal_gym.sandbox.docker import archive
from terminal_gym.sandbox.docker.command import Command, wrapped
from terminal_gym.sandbox.docker.engine import Engine, ExecStream, told
from terminal_gym.sandbox.docker.network import engines_own
from terminal_gym.sandbox.pty import PollingSpawn

_CHUNK = 1 << 16
_START_S = 30.0
_MODIFIED, _DELETED = 0, 2  # the engine's kinds of change; 1 is added
_REMOVED_AT_ONCE = 200
_TTY_WRAPPER = 'stty rows "$1" cols "$2" 2>/dev/null; shift 2; printf "%s\\n" "$$"; exec "$@"'
_KILL_FOREGROUND = (
    'read -r line < "/proc/$1/stat" && set -- "$1" ${line##*) }'
    ' && [ "$7" -gt 1 ] && [ "$7" -ne "$1" ] && kill -9 "-$7"'
)
_KILL_SESSION = (
    "for f in /proc/[0-9]*/stat; do read -r line < $f || continue; p=${f#/proc/}; set -- $1"
    ' ${line##*) }; [ "$5" = "$1" ] && kill -9 "${p%/stat}"; done'
)


class _Spawn(PollingSpawn):
    """The same over a descriptor from which something has been read already."""

    def __init__(self, fd: int, early: bytes) -> None:
        super().__init__(fd)
        self._early = early

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> bytes:
        """As pexpect's, what came early first."""
        if self._early:
            early, self._early = self._early[:size], self._early[size:]
            return early
        return super().read_nonblocking(size, timeout)


class DockerPty:
    """A program on a PTY of the container, through the engine's connection."""

    def __init__(self, sandbox: DockerSandbox, exec_id: str, stream: ExecStream) -> None:
        self._sandbox = sandbox
        self._exec = exec_id
        self._stream = stream
        self._closed = False
        self._pid, rest = self._read_pid()
        self.spawn = _Spawn(stream.socket.fileno(), rest)

    def _read_pid(self) -> tuple[str, bytes]:
        """The wrapper's line, and what has come after it."""
        said = self._stream.early
        end = time.monotonic() + _START_S
        while b"\n" not in said:
            self._stream.socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                got = self._stream.socket.recv(_CHUNK)
            except TimeoutError:
                got = b""
            if not got:
                break
            said += got
        self._stream.socket.setblocking(False)  # a full terminal must not block the writer
        line, _, rest = said.partition(b"\n")
        pid = line.strip().decode(errors="replace")
        if not pid.isdigit():
            raise SandboxFault(f"no program could be started on a terminal: {pid[:200]!r}")
        return pid, rest

    def resize(self, rows: int, cols: int) -> None:
        """See `Pty.resize`."""
        with told("resizing a terminal"):
            self._sandbox.engine.api.exec_resize(self._exec, height=rows, width=cols)

    def kill_foreground(self) -> None:
        """See `Pty.kill_foreground`."""
        with contextlib.suppress(SandboxFault):
            self._sandbox.shell(_KILL_FOREGROUND, self._pid)

    def close(self) -> None:
        """See `Pty.close`."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(SandboxFault):
            if self._sandbox.alive():
                self._sandbox.shell(_KILL_SESSION, self._pid)
        self.drop()

    def drop(self) -> None:
        """Close the connection; the program is dead or dies with its container."""
        self._closed = True
        self.spawn.closed = True
        self._stream.hang_up()


class DockerSandbox:
    """See `Sandbox`.

    Args:
        engine: The connection.
        container: The running container's id.
        image: What it was made from.
        spec: How it was asked for.
    """

    def __init__(self, engine: Engine, container: str, image: Image, spec: SandboxSpec) -> None:
        self.id = container[:12]
        self.image = image
        self.spec = spec
        self.engine = engine
        self._container = container
        self._lock = threading.RLock()
        self._ptys: list[DockerPty] = []
        self._killed = False
        self._closed = False
        self._passwd: list[list[str]] | None = None

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
    ) -> Pty:
        """See `Sandbox.open_pty`."""
        variables = {"TERM": "xterm-256color", **self._environment(env, user)}
        with told("opening a terminal"):
            script = [_TTY_WRAPPER, "sh", str(rows), str(cols), *argv]
            exec_id = self._exec(script, variables, cwd, user, tty=True)
            stream = self.engine.start_exec(exec_id, tty=True)
            try:
                pty = DockerPty(self, exec_id, stream)
            except BaseException:
                stream.hang_up()
                raise
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
        if clean_env:
            given = {"PATH": DEFAULT_PATH, **self._identity(user), **(env or {})}
            argv = ["env", "-i", *(f"{key}={value}" for key, value in given.items()), *argv]
            variables = {}
        else:
            variables = self._environment(env, user)
        with told("running a command"):
            wrapper, mark = wrapped(argv)
            exec_id = self._exec(wrapper, variables, cwd, user, tty=False)
            stream = self.engine.start_exec(exec_id, tty=False)
            try:
                command = Command(stream, mark, max_output)
                ended = command.finish(stdin, began + timeout_s)
            finally:
                stream.hang_up()
            if ended and not command.pid:
                raise SandboxFault("no process can be started in the sandbox: is it at its limits?")
            if not ended and command.pid:
                with contextlib.suppress(SandboxFault):
                    self.shell('kill -9 "-$1"', command.pid)
            code = command.status
            if ended and code is None:
                code = self._exit_code(exec_id)
        return ExecResult(
            exit_code=code,
            output=bytes(command.kept),
            omitted_bytes=command.omitted,
            timed_out=not ended,
            elapsed_s=time.monotonic() - began,
        )

    def shell(self, script: str, *args: str) -> None:
        """Run a short script of ours as root."""
        with told("running a command"):
            argv = ["/bin/sh", "-c", script, "sh", *args]
            made = self.engine.api.exec_create(self._container, argv, user="root")
            stream = self.engine.start_exec(made["Id"], tty=False)
            try:
                Command(stream).finish(b"", time.monotonic() + _START_S)
            finally:
                stream.hang_up()

    def _exec(
        self,
        script: Sequence[str],
        env: Mapping[str, str],
        cwd: str | None,
        user: str | None,
        *,
        tty: bool,
    ) -> str:
        self._must_live()
        made = self.engine.api.exec_create(
            self._container,
            ["/bin/sh", "-c", *script],
            stdin=True,
            tty=tty,
            environment=dict(env),
            workdir=cwd or self.image.workdir,
            user=user or self.image.user,
        )
        return str(made["Id"])

    def _exit_code(self, exec_id: str) -> int:
        for _ in range(200):  # the stream may end a moment before the engine has the status
            found = self.engine.api.exec_inspect(exec_id)
            if found["ExitCode"] is not None and not found["Running"]:
                return int(found["ExitCode"])
            if not self.alive():
                break
            time.sleep(0.005)
        raise SandboxFault("the sandbox died while a command ran")

    def _environment(self, env: Mapping[str, str] | None, user: str | None) -> dict[str, str]:
        # The container was made with the image's and the spec's variables.
        own = {"HOSTNAME": self.spec.hostname, **self._identity(user)}
        named = {**self.image.env, **self.spec.env}
        return {**{k: v for k, v in own.items() if k not in named}, **(env or {})}

    def _identity(self, user: str | None) -> dict[str, str]:
        """HOME, USER and LOGNAME."""
        name, home = self._account(user or self.image.user)[2:]
        return {"HOME": home, "USER": name, "LOGNAME": name}

    def _account(self, user: str) -> tuple[int, int, str, str]:
        """uid, gid, name and home of "name", "uid" or either with ":gid"."""
        wanted, _, group = user.partition(":")
        if wanted in ("", "root", "0"):
            return 0, int(group) if group.isdigit() else 0, "root", "/root"
        for fields in self._accounts():
            if wanted in (fields[0], fields[2]):
                gid = int(group) if group.isdigit() else int(fields[3])
                return int(fields[2]), gid, fields[0], fields[5] or "/"
        if wanted.isdigit():
            return int(wanted), int(group) if group.isdigit() else int(wanted), wanted, "/"
        raise SandboxFault(f"no user {user!r} in the sandbox")

    def _accounts(self) -> list[list[str]]:
        if self._passwd is None:
            with contextlib.suppress(OSError):
                text = self.read_file("/etc/passwd").decode(errors="replace")
                rows = [line.split(":") for line in text.splitlines()]
                self._passwd = [
                    row for row in rows if len(row) == 7 and row[2].isdigit() and row[3].isdigit()
                ]
        return self._passwd or []

    # --- files ---

    def copy_in(
        self, source: Path, dest: str, *, owner: str = "root", mode: int | None = None
    ) -> None:
        """See `Sandbox.copy_in`."""
        if not source.exists():
            raise FileNotFoundError(source)
        ids = self._account(owner)[:2]
        self._put(dest, lambda name, parents: archive.pack(source, name, parents, ids, mode))

    def write_file(self, dest: str, data: bytes, *, owner: str = "root", mode: int = 0o644) -> None:
        """See `Sandbox.write_file`."""
        ids = self._account(owner)[:2]
        self._put(dest, lambda name, parents: archive.pack_bytes(data, name, parents, ids, mode))

    def _put(self, dest: str, pack: Any) -> None:
        """Send an archive to the nearest folder that exists; what is at `dest` is replaced."""
        self._must_be_open()
        dest = posixpath.normpath(posixpath.join("/", dest))
        with told(f"copying to {dest}"):
            if self.engine.stat(self._container, dest) is not None:
                self.shell('rm -rf -- "$1"', dest)
            folder, missing = posixpath.dirname(dest), list[str]()
            while folder != "/" and self.engine.stat(self._container, folder) is None:
                missing.insert(0, folder)
                folder = posixpath.dirname(folder)
            relative = [posixpath.relpath(path, folder) for path in missing]
            with pack(posixpath.relpath(dest, folder), relative) as data:
                self.engine.api.put_archive(self._container, folder, data)

    def read_file(self, path: str, *, max_bytes: int = 1 << 20) -> bytes:
        """See `Sandbox.read_file`."""
        with self._archive_of(path) as chunks, archive.opened(chunks) as members:
            first = members.next()
            if first is None or first.isdir():
                raise IsADirectoryError(f"{path} is a folder")
            file = members.extractfile(first) if first.isreg() else None
            if file is None:
                raise OSError(f"{path} is not a regular file")
            return file.read(max_bytes)

    def copy_out(self, path: str, dest: Path, *, max_bytes: int = 1 << 28) -> None:
        """See `Sandbox.copy_out`."""
        dest.parent.mkdir(parents=True, exist_ok=True)
        with self._archive_of(path) as chunks:
            archive.unpack(chunks, dest, max_bytes)

    @contextlib.contextmanager
    def _archive_of(self, path: str) -> Iterator[Iterator[bytes]]:
        """See `Engine.archive`."""
        self._must_be_open()
        with told(f"reading {path}"), self.engine.archive(self._container, path) as chunks:
            yield chunks

    def top_names(self) -> list[str]:
        """See `Sandbox.top_names`."""
        self._must_be_open()
        with told("comparing with the image"):
            entries = self.engine.api.diff(self._container) or []
        paths = [entry["Path"] for entry in entries if entry["Kind"] != _DELETED]
        return sorted(path[1:] for path in paths if path.count("/") == 1)

    def graft_state(self, source: Sandbox, paths: Sequence[str]) -> StateReport:
        """See `Sandbox.graft_state`."""
        assert isinstance(source, DockerSandbox)
        source._must_be_open()
        missing: list[str] = []
        sieve = archive.Sieve(self.spec.limits.storage_mb << 20, engines_own(self.spec))
        with told("comparing with the image"):
            # This sandbox is as the image: what the source did not change is right already.
            entries = source.engine.api.diff(source._container) or []
        changed = _Changes(entries)
        deleted = [entry["Path"] for entry in entries if entry["Kind"] == _DELETED]
        self._remove([gone for gone in deleted if any(_is_below(gone, path) for path in paths)])
        with contextlib.ExitStack() as stack:
            states: list[tuple[str, IO[bytes]]] = []
            for path in paths:
                if trick := source._link_above(path):
                    sieve.dropped.append(f"{path}: {trick} became a symlink")
                    self._remove([path])
                    continue
                if not any(_touches(entry, path) for entry in entries):
                    if self.engine.stat(self._container, path) is None:
                        missing.append(path)
                    continue
                folder = posixpath.dirname(path.rstrip("/"))
                try:
                    with source._archive_of(path) as chunks:
                        state = stack.enter_context(sieve.copy(chunks, folder, changed))
                except FileNotFoundError:
                    missing.append(path)
                    self._remove([path])
                else:
                    states.append((folder, state))
            for folder, state in states:
                with sieve.without_tricks(state, folder) as rest:
                    self._put_below(folder, rest)
        return StateReport(missing=missing, dropped=sieve.dropped)

    def _remove(self, paths: list[str]) -> None:
        for start in range(0, len(paths), _REMOVED_AT_ONCE):
            batch = paths[start : start + _REMOVED_AT_ONCE]
            self.shell('for p; do rm -rf -- "$p"; done', *batch)

    def _link_above(self, path: str) -> str:
        """The first parent of `path` that is a symlink, or ""."""
        parts = path.strip("/").split("/")[:-1]
        with told(f"looking at {path}"):
            for depth in range(1, len(parts) + 1):
                parent = "/" + "/".join(parts[:depth])
                found = self.engine.stat(self._container, parent)
                if found is not None and found.is_link:
                    return parent
        return ""

    def _put_below(self, folder: str, data: IO[bytes]) -> None:
        with told(f"copying below {folder}"):
            if self.engine.stat(self._container, folder) is None:
                self.shell('mkdir -p -- "$1"', folder)
            self.engine.api.put_archive(self._container, folder, data)

    # --- life ---

    def alive(self) -> bool:
        """See `Sandbox.alive`."""
        if self._closed or self._killed:
            return False
        try:
            with told("looking at a container"):
                found = self.engine.api.inspect_container(self._container)
        except SandboxFault:
            return False
        return bool(found["State"]["Running"])

    def kill_all(self) -> None:
        """See `Sandbox.kill_all`."""
        with self._lock:
            if self._closed or self._killed:
                return
            try:
                with told("killing a container"):
                    self.engine.api.kill(self._container)
                    self.engine.api.wait(self._container, timeout=30)
            except SandboxFault as error:
                if not _is_dead_already(error):
                    raise
            self._killed = True
            for pty in self._ptys:
                pty.drop()

    def close(self) -> None:
        """See `Sandbox.close`."""
        with self._lock:
            if self._closed:
                return
            for pty in self._ptys:
                pty.drop()
            self._closed = True
            with contextlib.suppress(SandboxFault), told("removing a container"):
                self.engine.api.remove_container(self._container, force=True, v=True)

    def _must_be_open(self) -> None:
        if self._closed:
            raise SandboxFault("the sandbox is closed")

    def _must_live(self) -> None:
        self._must_be_open()
        if self._killed:
            raise SandboxFault("the sandbox is dead: its processes were killed")


def _is_below(path: str, top: str) -> bool:
    top = top.rstrip("/")
    return path == top or path.startswith(f"{top}/")


class _Changes:
    """Whether a path changed, by the engine's list of changes: itself, or all that is below it.

    The engine compares size, time of change, mode and owner. A file that is changed behind its back
    stays as in the image: the verifier then sees the original, which helps nobody.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._itself = {entry["Path"] for entry in entries}
        # What was removed may have been made anew since, and then the list may say no more.
        self._whole = {entry["Path"] for entry in entries if entry["Kind"] != _MODIFIED}

    def __call__(self, path: str) -> bool:
        path = _as_listed(path)
        if path in self._itself:
            return True
        while path not in ("/", ""):
            path = posixpath.dirname(path)
            if path in self._whole:
                return True
        return False


def _as_listed(path: str) -> str:
    """A path as an engine's JSON has it, where each byte that is no text is a U+FFFD."""
    return re.sub("[\udc80-\udcff]", "\ufffd", path)


def _touches(entry: Mapping[str, Any], path: str) -> bool:
    """Whether an entry of the engine's list of changes is about `path`.

    Below a folder that was made or removed the engine may list nothing more.
    """
    whole = entry["Kind"] != _MODIFIED and _is_below(path, entry["Path"])
    return whole or _is_below(entry["Path"], path)


def _is_dead_already(error: SandboxFault) -> bool:
    cause = error.__cause__
    return isinstance(cause, APIError) and cause.status_code == 409
