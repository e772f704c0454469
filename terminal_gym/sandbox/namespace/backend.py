"""The namespace backend: sandboxes without a daemon, from Linux namespaces and overlayfs."""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from terminal_gym.errors import BackendUnavailable, ResourceFault, TerminalGymError
from terminal_gym.sandbox.base import Availability, Image, ImageSource, SandboxSpec
from terminal_gym.sandbox.cache import cache_folder
from terminal_gym.sandbox.namespace import cgroups
from terminal_gym.sandbox.namespace.client import Launcher
from terminal_gym.sandbox.namespace.images import BUILD_LIMITS, ImageBuilder, mounts, part_name
from terminal_gym.sandbox.namespace.permission import is_on_overlay, is_root, what_forbids
from terminal_gym.sandbox.namespace.sandbox import NamespaceSandbox
from terminal_gym.sandbox.owner import (
    owned_folder,
    owner_is_alive,
    owner_tag,
    reap_folders,
    remove_folder,
)

_FORBIDDEN = ("unshare", "mount", "setns", "pivot_root", "not permitted")
_NO_SETTING = "use the docker backend, or run as root; kernel 5.11 or newer with overlayfs"


class NamespaceBackend:
    """See `Backend`. As root over the host's root file system or an imported one; as an ordinary
    user over an imported one.
    """

    name = "namespace"

    def __init__(self) -> None:
        self._launcher = Launcher()

    @cached_property
    def _cache(self) -> Path:
        folder = cache_folder() / "namespace"
        for name in ("layers", "mountpoint", "scratch"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._reap_scratch(folder)
        cgroups.reap()
        return folder

    @cached_property
    def _builder(self) -> ImageBuilder:
        if is_on_overlay(self._cache):
            raise BackendUnavailable(
                f"no image can be built in {self._cache}: it is on an overlay file system, as a "
                "container's root is",
                remedy="name a folder on a disk, a volume or a tmpfs: TERMINAL_GYM_CACHE=DIR",
            )
        return ImageBuilder(self._cache, self._start_build)

    @cached_property
    def _groups(self) -> bool:
        return cgroups.available()

    def check(self) -> Availability:
        """See `Backend.check`: makes namespaces and an overlay for real."""
        if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
            return Availability(ok=False, detail=f"needs Linux, this is {platform.system()}")
        try:
            with owned_folder() as lower:
                for name in ("proc", "dev", "etc"):
                    (lower / name).mkdir()
                ref = json.dumps({"base": {".": [str(lower)]}, "layers": []})
                image = Image(backend=self.name, digest="check", ref=ref)
                self._try(image)
            imported = any(self._builder.rootfs.iterdir())
        except TerminalGymError as error:
            return Availability(ok=False, detail=error.message, remedy=error.remedy)
        except OSError as error:
            return Availability(ok=False, detail=str(error), remedy=_NO_SETTING)
        limits = "control groups" if self._groups else "rlimits only (no writable control group)"
        who = "root" if is_root() else "an ordinary user"
        detail = f"Linux {platform.release()}, as {who}, limits by {limits}"
        if not (is_root() or imported):
            return Availability(
                ok=False,
                detail="an ordinary user needs an imported root file system",
                remedy="terminal-gym rootfs import debian:bookworm-slim FILE.tar (or a folder)",
            )
        return Availability(ok=True, detail=detail)

    def _try(self, image: Image) -> None:
        """Make a sandbox and start a program that is not in it."""
        sandbox = self.start(image, SandboxSpec())
        try:
            result = sandbox.run(["/missing"])
        except TerminalGymError as error:
            _raise_explained(error)
        finally:
            sandbox.close()
        if result.exit_code != 127:
            said = result.output.decode(errors="replace").strip()
            raise BackendUnavailable(f"no program can be started: {said}", remedy=_NO_SETTING)

    def prepare(self, source: ImageSource) -> Image:
        """See `Backend.prepare`."""
        return self._builder.build(source)

    def start(self, image: Image, spec: SandboxSpec) -> NamespaceSandbox:
        """See `Backend.start`."""
        if not os.environ.get("TERMINAL_GYM_SCRATCH"):
            return self._start(image, spec, "")
        base = os.environ["TERMINAL_GYM_SCRATCH"]
        scratch = tempfile.mkdtemp(prefix=f"{owner_tag()}-", dir=base)
        try:
            sandbox = self._start(image, spec, scratch)
        except BaseException:
            remove_folder(Path(scratch))
            raise
        sandbox.own_scratch = Path(scratch)
        return sandbox

    def _start_build(self, image: Image, folder: str, network: bool) -> NamespaceSandbox:
        """A sandbox that writes one layer: on disk instead of memory."""
        spec = SandboxSpec(network=network, limits=BUILD_LIMITS)
        return self._start(image, spec, folder)

    def _start(self, image: Image, spec: SandboxSpec, scratch: str) -> NamespaceSandbox:
        layers = self._cache / "layers"
        start = {
            "mounts": [(at, part_name(at), low) for at, low in mounts(image, layers)],
            "layers_folder": str(layers),
            "mountpoint": str(self._cache / "mountpoint"),
            "scratch": scratch,
            "storage_mb": spec.limits.storage_mb,
            "network": spec.network,
            "user_namespace": not is_root(),
        }
        try:
            return NamespaceSandbox(self._launcher, image, spec, start, limit_by_group=self._groups)
        except TerminalGymError as error:
            _raise_explained(error)

    def reap(self) -> list[str]:
        """See `Backend.reap`. Processes and mounts died with their owner by themselves."""
        folder = cache_folder() / "namespace"
        return [*cgroups.reap(), *self._reap_scratch(folder), *reap_folders()]

    @staticmethod
    def _reap_scratch(folder: Path) -> list[str]:
        removed = []
        places = [folder / "layers", folder / "rootfs"]
        places += [Path(os.environ.get("TERMINAL_GYM_SCRATCH", folder / "none"))]
        for place in places:
            for path in place.glob("*") if place.is_dir() else []:
                if _is_stale(path):
                    remove_folder(path)
                    removed.append(f"folder {path}")
        return removed

    def close(self) -> None:
        """See `Backend.close`."""
        self._launcher.close()


def _is_stale(path: Path) -> bool:
    """Whether a dead owner's build or scratch folder."""
    name = path.name
    if name.startswith(".build-"):
        return not Path(f"/proc/{name.split('-')[1]}").exists()
    tag = name.lstrip(".")  # the draft of an import begins with a dot
    return bool(re.match(r"\d+\.\d+-", tag)) and not owner_is_alive(tag)


def _raise_explained(error: TerminalGymError) -> NoReturn:
    """A failure of a system call, with the setting that forbids it; other errors as they are."""
    if not any(word in error.message for word in _FORBIDDEN):
        raise error
    cause, remedy = what_forbids() or ("", _NO_SETTING)
    if not cause and isinstance(error, ResourceFault):
        raise error  # allowed, but none is left
    why = f"{cause} ({error.message})" if cause else error.message
    raise BackendUnavailable(
        f"the kernel does not allow namespaces here: {why}", remedy=remedy
    ) from error
