"""The docker backend: sandboxes as containers of a Docker engine, or of Podman's socket."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from docker.errors import BuildError, ImageNotFound

from terminal_gym.errors import BackendUnavailable, DockerfileError, ImageBuildFault, SandboxFault
from terminal_gym.sandbox.base import Availability, Image, ImageSource, SandboxSpec
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.docker.local import LocalContainer
from terminal_gym.sandbox.docker.local_sandbox import LocalDockerSandbox
from terminal_gym.sandbox.docker.pool import Container, Kind, Pool, kind_of
from terminal_gym.sandbox.docker.removal import Remover
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.docker.spare_shell import SpareShell
from terminal_gym.sandbox.namespace.client import Launcher
from terminal_gym.sandbox.owner import owner_is_alive, owner_tag

_OWNER = "terminal-gym.owner"
_HOST = "terminal-gym.host"
_REPOSITORY = "terminal-gym/bundle"
# What a container's own root needs for chown, su, kill, ping and servers on low ports.
_CAPABILITIES = [
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"),
    *("NET_BIND_SERVICE", "SYS_CHROOT"),
]
# The first process: cannot be killed from inside, and takes in orphans.
_FIRST = ["/bin/sh", "-c", "trap : TERM INT HUP; while :; do sleep 86400 & wait; done"]
_OWN_PROCESSES = 4  # the first process, its sleep, and an exec of ours
_LOG_LINES = 200


class DockerBackend:
    """See `Backend`.

    TERMINAL_GYM_WARM (default 2) is the number of spare containers that are kept started. With
    TERMINAL_GYM_DOCKER_LOCAL=0 everything goes through the engine, as where it is not local.
    """

    name = "docker"

    def __init__(self) -> None:
        self._engine = Engine()
        self._building = threading.Lock()
        self._not_to_be_had: set[str] = set()
        size = int(os.environ.get("TERMINAL_GYM_WARM", "2"))
        self._pool = Pool(size, self._make_spare, self._discard)
        self._interactive: set[Kind] = set()  # kinds in which terminals are opened
        self._remover = Remover(self._remove)
        self._launcher = Launcher()

    def check(self) -> Availability:
        """See `Backend.check`."""
        try:
            version = self._engine.api.version()
        except BackendUnavailable as error:
            return Availability(ok=False, detail=error.message, remedy=error.remedy)
        except Exception as error:
            self._engine.close()
            return Availability(ok=False, detail=f"the engine fails: {error}"[:200])
        system = version.get("Os", "linux")
        if system != "linux":
            return Availability(ok=False, detail=f"the engine runs {system} containers")
        return Availability(ok=True, detail=f"engine {version['Version']}, {version['Arch']}")

    # --- images ---

    def prepare(self, source: ImageSource) -> Image:
        """See `Backend.prepare`."""
        if source.image is not None or source.context is None:
            ready = self._ready(source.image or "")
            if ready is not None:
                return self._as_image(ready)
        if source.context is None:
            raise ImageBuildFault(
                f"image {source.image!r} is not here and cannot be pulled",
                remedy=f"docker pull {source.image}, or docker load it from a file",
            )
        tag = f"{_REPOSITORY}:{_content_hash(source.context)}"
        with self._building:  # the engine's cache serves whoever builds the same elsewhere
            found = self._inspect(tag)
            if found is None:
                self._build(source.context, tag, source.build_timeout_s, source.network)
                found = self._inspect(tag)
        if found is None:
            raise ImageBuildFault(f"{source.context}: the image vanished after it was built")
        return self._as_image(found)

    def _inspect(self, name: str) -> dict[str, Any] | None:
        try:
            with told(f"looking for image {name}"):
                return dict(self._engine.api.inspect_image(name))
        except SandboxFault as error:
            if isinstance(error.__cause__, ImageNotFound):
                return None
            raise

    def _ready(self, name: str) -> dict[str, Any] | None:
        """A ready image, pulled where it is not here; asked for once where it is not to be had."""
        found = self._inspect(name)
        if found is None and name not in self._not_to_be_had:
            with contextlib.suppress(SandboxFault), told(f"pulling {name}"):
                self._engine.api.pull(name)
            found = self._inspect(name)
            if found is None:
                self._not_to_be_had.add(name)
        return found

    def _build(self, context: Path, tag: str, timeout_s: float, network: bool) -> None:
        log: deque[str] = deque(maxlen=_LOG_LINES)
        end = time.monotonic() + timeout_s
        failure = ""
        try:
            with told(f"building {context}"):
                for event in self._engine.api.build(
                    path=str(context),
                    tag=tag,
                    rm=True,
                    forcerm=True,
                    # Packages are fetched as the host would.
                    network_mode="host" if network else "none",
                    timeout=timeout_s,
                    decode=True,
                    labels={"terminal-gym.bundle": "1"},
                ):
                    log.append(str(event.get("stream", "")))
                    failure = failure or str(event.get("error", ""))
                    if time.monotonic() > end:
                        failure = f"not done after {timeout_s:g} s"
                        break
        except SandboxFault as error:
            if "parse error" in error.message or "unknown instruction" in error.message:
                raise DockerfileError(f"{context}/Dockerfile: {error.message}") from error
            raise ImageBuildFault(error.message, log="".join(log)) from error
        except (BuildError, OSError, TypeError) as error:
            raise ImageBuildFault(f"{context}: {error}", log="".join(log)) from error
        if failure:
            raise ImageBuildFault(
                f"{context}/Dockerfile did not build: {failure.strip()}{_last(log)}",
                log="".join(log),
                remedy="mend that step; the fault's log has what it printed",
            )

    def _as_image(self, found: dict[str, Any]) -> Image:
        config = found.get("Config") or {}
        pairs = (entry.partition("=") for entry in config.get("Env") or [])
        return Image(
            backend=self.name,
            digest=found["Id"],
            ref=found["Id"],
            env={key: value for key, _, value in pairs},
            workdir=config.get("WorkingDir") or "/",
            user=config.get("User") or "root",
            entrypoint=config.get("Entrypoint") or [],
        )

    # --- containers ---

    def start(self, image: Image, spec: SandboxSpec) -> DockerSandbox:
        """See `Backend.start`."""
        self._reaped_once  # noqa: B018 - what a killed process left is removed first
        made = self._pool.take(image, spec) or self._make(image, spec)
        if made.local is None:
            return DockerSandbox(self._engine, made.id, image, spec)
        return LocalDockerSandbox(
            self._engine,
            made,
            image,
            spec,
            remove=self._remover.add,
            on_terminal=lambda: self._interactive.add(kind_of(image, spec)),
        )

    def _make(self, image: Image, spec: SandboxSpec) -> Container:
        identity = self._start_container(image, spec)
        return Container(identity, self._in_sight(identity))

    def _make_spare(self, image: Image, spec: SandboxSpec) -> Container:
        """A container for later, with a shell that waits where one will be wanted."""
        made = self._make(image, spec)
        if made.local is None or kind_of(image, spec) not in self._interactive:
            return made

        def start(argv: Sequence[str]) -> Callable[[], bool]:
            return self._engine.start_detached(made.id, argv, {}, "/", "root")

        try:
            with told("starting a spare shell"):
                return replace(made, shell=SpareShell(made.local, start))
        except BaseException:
            self._discard(made)
            raise

    def _in_sight(self, container: str) -> LocalContainer | None:
        """The container as a neighbour, unless it is an engine's elsewhere or not ours to touch."""
        if os.environ.get("TERMINAL_GYM_DOCKER_LOCAL", "1") == "0":
            return None
        try:
            with told("looking at a container"):
                pid = self._engine.api.inspect_container(container)["State"]["Pid"]
            return LocalContainer(pid, container, self._launcher)
        except (OSError, SandboxFault):
            return None

    def _discard(self, container: Container) -> None:
        if container.shell is not None:
            container.shell.close()
        if container.local is not None:
            container.local.close()
        self._remove(container.id)

    def _start_container(self, image: Image, spec: SandboxSpec) -> str:
        api = self._engine.api
        limits = spec.limits
        storage = limits.storage_mb << 20
        with told("starting a container"):
            made = api.create_container(
                image.ref,
                command=_FIRST,
                entrypoint=[],
                user="root",
                working_dir="/",
                hostname=spec.hostname,
                environment=spec.env,
                labels={_OWNER: owner_tag(), _HOST: _host()},
                healthcheck={"test": ["NONE"]},
                host_config=api.create_host_config(
                    network_mode="host" if spec.network else "none",
                    mem_limit=limits.memory_mb << 20,
                    memswap_limit=limits.memory_mb << 20,
                    nano_cpus=int(min(limits.cpus, os.cpu_count() or 1) * 1e9),
                    pids_limit=limits.pids + _OWN_PROCESSES,
                    cap_drop=["ALL"],
                    cap_add=_CAPABILITIES,
                    security_opt=["no-new-privileges"],
                    ipc_mode="private",
                    log_config={"type": "none"},
                    # Most storage drivers cannot limit a container's disk; this limits each file.
                    ulimits=[
                        {"name": "fsize", "soft": storage, "hard": storage},
                        {"name": "core", "soft": 0, "hard": 0},
                    ],
                ),
            )
            try:
                api.start(made["Id"])
            except BaseException:
                self._remove(made["Id"])
                raise
        return str(made["Id"])

    def _remove(self, container: str) -> None:
        with contextlib.suppress(SandboxFault), told("removing a container"):
            self._engine.api.remove_container(container, force=True, v=True)

    @cached_property
    def _reaped_once(self) -> list[str]:
        return self.reap()

    def reap(self) -> list[str]:
        """See `Backend.reap`. Only containers whose owner ran on this very host count."""
        try:
            api = self._engine.api
            with told("looking for left containers"):
                found = api.containers(all=True, filters={"label": _OWNER})
        except (BackendUnavailable, SandboxFault):
            return []
        removed = []
        for entry in found:
            labels = entry["Labels"]
            if labels.get(_HOST) == _host() and not owner_is_alive(labels[_OWNER]):
                self._remove(entry["Id"])
                removed.append(f"container {entry['Id'][:12]}")
        return removed

    def close(self) -> None:
        """See `Backend.close`."""
        self._pool.close()
        self._remover.close()
        self._launcher.close()
        self._engine.close()


def _last(log: deque[str]) -> str:
    """The last that a build printed, to be appended to why it failed."""
    lines = "".join(log).strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def _host() -> str:
    """Where process ids mean what they mean here: a boot and its pid namespace."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"


def _content_hash(context: Path) -> str:
    """Of every name, mode and content below a build context."""
    total = hashlib.sha256()
    if not (context / "Dockerfile").is_file():
        raise DockerfileError(
            f"{context}/Dockerfile: missing", remedy="write one, or name [environment] docker_image"
        )
    for path in sorted(context.rglob("*")):
        info = path.lstat()
        kind = stat.S_IFMT(info.st_mode)
        head = f"{path.relative_to(context)}\0{kind}\0{info.st_mode & 0o111}\0"
        total.update(head.encode("utf-8", "surrogateescape"))
        if stat.S_ISREG(info.st_mode):
            total.update(hashlib.sha256(path.read_bytes()).digest())
        elif stat.S_ISLNK(info.st_mode):
            total.update(os.fsencode(path.readlink()))
    return total.hexdigest()[:24]
