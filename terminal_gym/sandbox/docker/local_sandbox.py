"""One sandbox that is a container of an engine on this very machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import Image, Sandbox, SandboxSpec, StateReport
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.docker.local import ON_TERMINAL, LocalContainer
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.pty import HostPty


class LocalDockerSandbox(DockerSandbox):
    """See `LocalContainer`; programs are started by the engine, as anywhere.

    Args:
        engine: The connection.
        container: The running container's id.
        local: What of it is in sight; the sandbox's to close.
        image: What it was made from.
        spec: How it was asked for.
        remove: Removes a dead container, sooner or later.
    """

    def __init__(
        self,
        engine: Engine,
        container: str,
        local: LocalContainer,
        image: Image,
        spec: SandboxSpec,
        remove: Callable[[str], None],
    ) -> None:
        super().__init__(engine, container, image, spec)
        self._local = local
        self._remove_later = remove
        self._terminals: list[HostPty] = []

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
        self._must_live()
        variables = {"TERM": "xterm-256color", **self._environment(env, user)}

        def start(terminal: str) -> Callable[[], bool]:
            script = [ON_TERMINAL, terminal, *argv]
            exec_id = self._exec(script, variables, cwd, user, tty=False, attach=False)
            self.engine.api.exec_start(exec_id, detach=True)
            return lambda: bool(self.engine.api.exec_inspect(exec_id)["Running"])

        uid = self._account(user or self.image.user)[0]
        with told("opening a terminal"):
            pty = self._local.open_pty(start, uid, rows, cols)
        self._terminals.append(pty)
        return pty

    # --- files ---

    def copy_in(
        self, source: Path, dest: str, *, owner: str = "root", mode: int | None = None
    ) -> None:
        """See `Sandbox.copy_in`."""
        self._must_be_open()
        self._local.files.copy_in(source, dest, owner, mode)

    def write_file(self, dest: str, data: bytes, *, owner: str = "root", mode: int = 0o644) -> None:
        """See `Sandbox.write_file`."""
        self._must_be_open()
        self._local.files.write(dest, data, owner, mode)

    def read_file(self, path: str, *, max_bytes: int = 1 << 20) -> bytes:
        """See `Sandbox.read_file`."""
        self._must_be_open()
        return self._local.files.read(path, max_bytes)

    def copy_out(self, path: str, dest: Path, *, max_bytes: int = 1 << 28) -> None:
        """See `Sandbox.copy_out`."""
        self._must_be_open()
        self._local.files.copy_out(path, dest, max_bytes)

    def graft_state(self, source: Sandbox, paths: Sequence[str]) -> StateReport:
        """See `Sandbox.graft_state`."""
        if not isinstance(source, LocalDockerSandbox):
            return super().graft_state(source, paths)
        source._must_be_open()
        self._must_be_open()
        limit = min(self.spec.limits.storage_mb, source.spec.limits.storage_mb) << 20
        report = self._local.files.graft(source._local.files, paths, limit)
        source._must_be_known()
        return report

    # --- life ---

    def alive(self) -> bool:
        """See `Sandbox.alive`."""
        return not (self._closed or self._killed) and self._local.alive

    def kill_all(self) -> None:
        """See `Sandbox.kill_all`."""
        with self._lock:
            if self._closed or self._killed:
                return
            if not self._local.kill():
                self._must_be_known()
            self._killed = True
            for pty in self._terminals:
                pty.close()

    def close(self) -> None:
        """See `Sandbox.close`."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(SandboxFault, OSError):
                self._local.kill()
            for pty in self._terminals:
                pty.close()
            self._closed = True
            self._local.close()
            self._remove_later(self._container)

    def _must_be_known(self) -> None:
        """Where the engine has removed a container, its files are gone from below our feet."""
        with told("looking for a container"):
            self.engine.api.inspect_container(self._container)
