"""One sandbox that is a container of an engine on this very machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import DEFAULT_PATH, Image, Sandbox, SandboxSpec, StateReport
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.docker.local import ON_TERMINAL, start_on_terminal
from terminal_gym.sandbox.docker.pool import Container
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.pty import HostPty


class LocalDockerSandbox(DockerSandbox):
    """See `LocalContainer`; programs are started by the engine, as anywhere.

    Args:
        engine: The connection.
        made: The running container; the sandbox's to close.
        image: What it was made from.
        spec: How it was asked for.
        remove: Removes a dead container, sooner or later.
        on_close: Called at its end.
        on_terminal: Called when a terminal of root's is opened.
    """

    def __init__(
        self,
        engine: Engine,
        made: Container,
        image: Image,
        spec: SandboxSpec,
        *,
        remove: Callable[[str], None],
        on_close: Callable[[], None],
        on_terminal: Callable[[], None],
    ) -> None:
        super().__init__(engine, made.id, image, spec)
        assert made.local is not None
        self._local = made.local
        self._spare = made.shell
        self._remove_later = remove
        self._on_close = on_close
        self._on_terminal = on_terminal
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
        who, folder = user or self.image.user, cwd or self.image.workdir
        variables = {"TERM": "xterm-256color", **self._environment(env, who)}
        ids = self._account(who)[:2]
        if ids == (0, 0):
            self._on_terminal()
        with told("opening a terminal"):
            if self._spare is not None and ids == (0, 0):
                spare, self._spare = self._spare, None
                named = {"PATH": DEFAULT_PATH, **self.image.env, **self.spec.env}
                pty = spare.become(argv, {**named, **variables}, folder, rows, cols)
            else:
                pty = start_on_terminal(
                    self._local,
                    ids[0],
                    lambda path: self.engine.start_detached(
                        self._container, [*ON_TERMINAL, path, *argv], variables, folder, who
                    ),
                    (rows, cols),
                )
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

    def top_names(self) -> list[str]:
        """See `Sandbox.top_names`."""
        self._must_be_open()
        return self._local.files.top_names()

    def graft_state(self, source: Sandbox, paths: Sequence[str]) -> StateReport:
        """See `Sandbox.graft_state`."""
        if not isinstance(source, LocalDockerSandbox):
            return super().graft_state(source, paths)
        source._must_be_open()
        self._must_be_open()
        limit = self.spec.limits.storage_mb << 20
        report = self._local.files.graft(source._local.files, paths, limit)
        source._must_be_whole()
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
            if self._spare is not None:
                self._spare.close()
            self._closed = True
            self._local.close()
            self._remove_later(self._container)
            self._on_close()

    def _must_be_whole(self) -> None:
        """Where the engine removes a container, its files are gone from below our feet.

        Raises:
            SandboxFault: It does, or did.
        """
        whole = self._local.whole
        if whole is None:
            self._must_be_known()
        elif not whole:
            raise SandboxFault("the container was removed")

    def _must_be_known(self) -> None:
        """The same by the engine's word, which comes before the first file goes.

        A list of one: to look into a container that has died, the engine first waits until it has
        seen to it, a tenth of a second.

        Raises:
            SandboxFault: It is removed.
        """
        with told("looking for a container"):
            found = self.engine.api.containers(all=True, filters={"id": self._container})
        if not found or found[0]["State"] in ("removing", "dead"):
            raise SandboxFault("the container was removed")
