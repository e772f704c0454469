"""The docker backend: sandboxes as containers of a Docker engine, or of Podman's socket."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from terminal_gym.errors import BackendUnavailable, SandboxFault
from terminal_gym.sandbox.base import (
    Availability,
    Image,
    ImageSource,
    Link,
    SandboxSpec,
    ServicesSource,
)
from terminal_gym.sandbox.docker import owned
from terminal_gym.sandbox.docker.compose import Compose
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.docker.images import Images, Recipe
from terminal_gym.sandbox.docker.local import LocalContainer
from terminal_gym.sandbox.docker.local_sandbox import LocalDockerSandbox
from terminal_gym.sandbox.docker.network import (
    HOSTS,
    engines_own,
    hosts_of,
    is_alone,
    network_mode,
)
from terminal_gym.sandbox.docker.pool import Container, Kind, Pool, kind_of
from terminal_gym.sandbox.docker.project import CAPABILITIES, NAMES_INSIDE
from terminal_gym.sandbox.docker.removal import Remover
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.docker.services import DockerServices
from terminal_gym.sandbox.docker.spare_shell import SpareShell
from terminal_gym.sandbox.namespace.client import Launcher
from terminal_gym.sandbox.services import ServicesPlan

# The first process: cannot be killed from inside, and takes in orphans.
_FIRST = ["/bin/sh", "-c", "trap : TERM INT HUP; while :; do sleep 86400 & wait; done"]
_OWN_PROCESSES = 4  # the first process, its sleep, and an exec of ours


class DockerBackend:
    """See `Backend`.

    TERMINAL_GYM_WARM (default 2) is the number of spare containers that are kept started. With
    TERMINAL_GYM_DOCKER_LOCAL=0 everything goes through the engine, as where it is not local.
    """

    name = "docker"

    def __init__(self) -> None:
        self._engine = Engine()
        self._images = Images(self._engine, self.name)
        size = int(os.environ.get("TERMINAL_GYM_WARM", "2"))
        self._pool = Pool(size, self._make_spare, self._discard)
        self._interactive: set[Kind] = set()  # kinds in which terminals are opened
        self._remover = Remover(self._remove)
        self._launcher = Launcher()
        self._compose = Compose()

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

    def prepare(self, source: ImageSource) -> Image:
        """See `Backend.prepare`."""
        return self._images.prepare(source)

    # --- services ---

    def check_services(self) -> Availability:
        """See `RunsServices.check_services`."""
        try:
            return Availability(ok=True, detail=f"Docker Compose {self._compose.version}")
        except BackendUnavailable as error:
            return Availability(ok=False, detail=error.message, remedy=error.remedy)

    def prepare_services(self, source: ServicesSource) -> ServicesPlan:
        """See `RunsServices.prepare_services`."""
        model = self._compose.read(source.file, source.main, source.env)
        images = {
            name: self._image_of(model["services"][name], source.build_timeout_s)
            for name in source.names
        }
        return ServicesPlan(source=source, images=images, model=model)

    def _image_of(self, service: Mapping[str, Any], timeout_s: float) -> Image:
        build = service.get("build")
        if not build:
            return self.prepare(ImageSource(image=service["image"]))
        args = {name: value for name, value in (build.get("args") or {}).items() if value}
        return self._images.prepare(
            ImageSource(context=Path(build["context"]), build_timeout_s=timeout_s),
            Recipe(build["dockerfile"], tuple(sorted(args.items())), build.get("target") or ""),
        )

    def start_services(self, plan: ServicesPlan, *, network: bool) -> DockerServices:
        """See `RunsServices.start_services`."""
        self._reaped_once  # noqa: B018 - as in `start`
        return DockerServices(self._engine, self._compose, plan, network=network)

    # --- containers ---

    def start(self, image: Image, spec: SandboxSpec) -> DockerSandbox:
        """See `Backend.start`."""
        self._reaped_once  # noqa: B018 - what a killed process left is removed first
        spare = None if spec.links else self._pool.take(image, spec)
        made = spare or self._make(image, spec)
        thinks = made.local is None or kind_of(image, spec) in self._interactive
        if thinks:
            self._pool.refill(image, spec)
        if made.local is None:
            return DockerSandbox(self._engine, made.id, image, spec)
        return LocalDockerSandbox(
            self._engine,
            made,
            image,
            spec,
            remove=self._remover.add,
            on_close=lambda: None if thinks else self._pool.refill(image, spec),
            on_terminal=lambda: None if spec.links else self._interactive.add(kind_of(image, spec)),
        )

    def _make(self, image: Image, spec: SandboxSpec) -> Container:
        identity = self._start_container(image, spec)
        made = Container(identity, self._in_sight(identity, spec))
        if is_alone(spec):
            try:
                self._name_localhost(made, image, spec)
            except BaseException:
                self._discard(made)
                raise
        return made

    def _name_localhost(self, made: Container, image: Image, spec: SandboxSpec) -> None:
        """What the engine does itself only where it sees to the network."""
        if made.local is None:
            DockerSandbox(self._engine, made.id, image, spec).write_file(HOSTS, hosts_of(spec))
        else:
            made.local.files.write(HOSTS, hosts_of(spec), "root", 0o644)

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

    def _in_sight(self, container: str, spec: SandboxSpec) -> LocalContainer | None:
        """The container as a neighbour, unless it is an engine's elsewhere or not ours to touch."""
        if os.environ.get("TERMINAL_GYM_DOCKER_LOCAL", "1") == "0":
            return None
        try:
            with told("looking at a container"):
                pid = self._engine.api.inspect_container(container)["State"]["Pid"]
            return LocalContainer(pid, container, self._launcher, engines_own(spec))
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
                labels=owned.labels(),
                healthcheck={"test": ["NONE"]},
                networking_config=self._linked(spec.links[:1]),
                # Without this the engine sets up even no network by a program of its own, which
                # takes half of a container's start; the kernel gives a loopback all the same.
                network_disabled=is_alone(spec),
                host_config=api.create_host_config(
                    network_mode=network_mode(spec),
                    **(NAMES_INSIDE if spec.links and not spec.network else {}),
                    mem_limit=limits.memory_mb << 20,
                    memswap_limit=limits.memory_mb << 20,
                    nano_cpus=int(min(limits.cpus, os.cpu_count() or 1) * 1e9),
                    pids_limit=limits.pids + _OWN_PROCESSES,
                    cap_drop=["ALL"],
                    cap_add=CAPABILITIES,
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
                for link in spec.links[1:]:
                    names = list(link.aliases)
                    api.connect_container_to_network(made["Id"], link.network, aliases=names)
                api.start(made["Id"])
            except BaseException:
                self._remove(made["Id"])
                raise
        return str(made["Id"])

    def _linked(self, links: Sequence[Link]) -> Any:
        """How a container is in a network from the beginning; an engine takes one at most."""
        api = self._engine.api
        ends = {
            link.network: api.create_endpoint_config(aliases=list(link.aliases)) for link in links
        }
        return api.create_networking_config(ends) if ends else None

    def _remove(self, container: str) -> None:
        owned.remove_container(self._engine, container)

    @cached_property
    def _reaped_once(self) -> list[str]:
        return self.reap()

    def reap(self) -> list[str]:
        """See `Backend.reap`."""
        return owned.remove_left(self._engine)

    def close(self) -> None:
        """See `Backend.close`."""
        self._pool.close()
        self._remover.close()
        self._launcher.close()
        self._engine.close()
