"""The files of a sandbox, below a root folder that we hold; the launcher moves them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import StateReport
from terminal_gym.sandbox.namespace.client import Launcher
from terminal_gym.sandbox.namespace.trees import open_regular
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym.sandbox.processes import has_ended

_NO_LIMIT = 1 << 40
_PATIENCE_S = 600


class RootFiles:
    """See the methods of `Sandbox`.

    Args:
        launcher: Who does it.
        root: A descriptor of the sandbox's "/"; the owner's to close.
        namespace: The pidfd of the sandbox's first process, where it has a user namespace.
        keep: Paths that a graft leaves as they are.
        mounted: Paths that are mounts of their own, so that a folder above says nothing of them.
    """

    def __init__(
        self,
        launcher: Launcher,
        root: int,
        namespace: int | None = None,
        keep: Sequence[str] = (),
        mounted: Sequence[str] = (),
    ) -> None:
        self._launcher = launcher
        self._root = root
        self._namespace = namespace
        self._keep = list(keep)
        self._mounted = list(mounted)

    def copy_in(self, source: Path, dest: str, owner: str, mode: int | None) -> None:
        """See `Sandbox.copy_in`."""
        source = Path(os.path.abspath(source))
        folder = os.open(source.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._copy(folder, [(f"/{source.name}", dest)], owner=self._ids(owner), mode=mode)
        finally:
            os.close(folder)

    def write(self, dest: str, data: bytes, owner: str, mode: int) -> None:
        """See `Sandbox.write_file`."""
        # A file under its name in a temporary folder takes the same careful path as any copy.
        with owned_folder() as holder:
            path = holder / "file"
            path.write_bytes(data)
            self.copy_in(path, dest, owner, mode)

    def read(self, path: str, max_bytes: int) -> bytes:
        """See `Sandbox.read_file`."""
        with os.fdopen(open_regular(self._root, path), "rb") as file:
            return file.read(max_bytes)

    def top_names(self) -> list[str]:
        """See `Sandbox.top_names`."""
        return sorted(os.listdir(self._root))

    def copy_out(self, path: str, dest: Path, max_bytes: int) -> None:
        """See `Sandbox.copy_out`."""
        dest.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(dest.parent, os.O_RDONLY | os.O_DIRECTORY)
        # Copying out writes as the caller, outside of the user namespace.
        outside = RootFiles(self._launcher, folder)
        try:
            outside._copy(
                self._root,
                [(path, f"/{dest.name}")],
                owner=(os.getuid(), os.getgid()),
                max_bytes=max_bytes,
            )
        finally:
            os.close(folder)

    def graft(self, source: RootFiles, paths: Sequence[str], limit: int) -> StateReport:
        """See `Sandbox.graft_state`.

        Args:
            source: The dead sandbox's.
            paths: The state.
            limit: Bytes that it may have.
        """
        pairs = [(path, path) for path in paths]
        report = self._copy(source._root, pairs, graft=True, max_bytes=limit)
        return StateReport(missing=report["missing"], dropped=report["dropped"])

    def _copy(
        self,
        source_root: int,
        pairs: list[tuple[str, str]],
        *,
        owner: tuple[int, int] | None = None,
        mode: int | None = None,
        graft: bool = False,
        max_bytes: int = _NO_LIMIT,
    ) -> dict[str, Any]:
        inside = self._namespace is not None and not has_ended(self._namespace)
        answer, _ = self._launcher.call(
            "copy",
            [source_root, self._root, *([self._namespace] if inside and self._namespace else [])],
            timeout_s=_PATIENCE_S,
            paths=pairs,
            owner=owner,
            mode=mode,
            graft=graft,
            max_bytes=max_bytes,
            keep=self._keep,
            mounted=self._mounted,
            user_namespace=inside,
        )
        return answer

    def _ids(self, owner: str) -> tuple[int, int]:
        """Numbers for "root", "uid", "uid:gid", or a name of the sandbox's /etc/passwd."""
        if owner == "root":
            return 0, 0
        uid, _, gid = owner.partition(":")
        if uid.isdigit():
            return int(uid), int(gid or uid)
        for line in self.read("/etc/passwd", 1 << 20).decode(errors="replace").splitlines():
            fields = line.split(":")
            if fields[0] == uid and len(fields) > 3:
                return int(fields[2]), int(gid or fields[3])
        raise SandboxFault(f"no user {owner!r} in the sandbox")
