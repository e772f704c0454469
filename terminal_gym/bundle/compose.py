"""A folder's docker-compose.yaml: the service `main`, which is the agent's in Harbor, and others.

What would change a task but is not honoured here, or would give it hold of the host, is refused by
name. What `main` says is read here; for the others Docker Compose is asked, where a backend has it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terminal_gym.bundle.compose_service import HONOURED, WITHOUT_EFFECT
from terminal_gym.bundle.compose_services import (
    AMONG_OTHERS,
    FileReader,
    HostReader,
    OtherServiceReader,
)
from terminal_gym.bundle.files import read_yaml
from terminal_gym.bundle.models import MAX_CPUS, MAX_MB, MIN_MEMORY_MB, Healthcheck

COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")
MAIN = "main"
_BUILD = {"context", "dockerfile"}


class Service(BaseModel):
    """What `services.main` says."""

    model_config = ConfigDict(frozen=True)

    context: Path | None = Field(default=None, description="of build")
    image: str | None = None
    entrypoint: list[str] | None = None
    command: list[str] | None = None
    env: dict[str, str] = Field(default_factory=dict)
    workdir: str | None = None
    user: str | None = None
    cpus: float | None = Field(default=None, gt=0, le=MAX_CPUS)
    memory_mb: int | None = Field(default=None, ge=MIN_MEMORY_MB, le=MAX_MB)
    network: bool = True
    healthcheck: Healthcheck | None = None
    file: Path | None = Field(default=None, description="the compose file")
    others: tuple[str, ...] = Field(default=(), description="the services that run beside it")


def compose_file(folder: Path) -> Path | None:
    """The compose file of a folder, if it has one."""
    return next((folder / name for name in COMPOSE_FILES if (folder / name).is_file()), None)


def read_service(folder: Path) -> Service | None:
    """The agent's service of a folder's compose file; None without such a file.

    Raises:
        BundleError: The file is malformed.
        UnsupportedFeature: It has keys that cannot be run here.
    """
    file = compose_file(folder)
    if file is None:
        return None
    whole = FileReader(file, "", "Harbor")
    data = whole.table(read_yaml(file, "add one"), "the file")
    services = whole.table(data.get("services"), "services")
    if not services:
        raise whole.malformed("services")
    main = _main(services, whole)
    others = tuple(str(name) for name in services if name != main)
    whole.check(data, with_others=bool(others))
    for name in others:
        OtherServiceReader(file, f"services.{name}", "Harbor").check(services[name])
    return _Reader(file, f"services.{main}", "Harbor").service(services.get(main, {}), others)


def _main(services: dict[str, Any], whole: FileReader) -> str:
    """The agent's service; a sole one of another name is it, if nothing else is built."""
    if MAIN in services or (whole.file.parent / "Dockerfile").is_file():
        return MAIN
    if len(services) > 1:
        raise whole.malformed(f"services.{MAIN}")
    return next(iter(services))


class _Reader(HostReader):
    """Reads the agent's service."""

    def service(self, data: Any, others: tuple[str, ...]) -> Service:
        data = self.table(data, "")
        self.refuse_unknown(data, HONOURED | WITHOUT_EFFECT | (AMONG_OTHERS if others else set()))
        self.refuse_mounts(data.get("volumes"))
        self.check_networks(data.get("networks") or {})
        if others and data.get("network_mode"):
            raise self.refusal("network_mode", "the services share a network of their own")
        healthcheck = self.healthcheck(data.get("healthcheck"))
        try:
            return Service(
                context=self._own_context(data.get("build")),
                image=self._optional(data, "image"),
                entrypoint=self._words(data.get("entrypoint"), "entrypoint"),
                command=self._words(data.get("command"), "command"),
                env=self._env(data.get("environment") or {}),
                workdir=self._optional(data, "working_dir"),
                user=self._optional(data, "user"),
                **self.limits(data),
                network=self.network(data),
                healthcheck=None
                if healthcheck is None
                else Healthcheck.model_validate(healthcheck),
                file=self.file,
                others=others,
            )
        except ValidationError as error:  # of our own models: a number out of all bounds
            raise self.malformed(".".join(map(str, error.errors()[0]["loc"]))) from error

    def _own_context(self, build: Any) -> Path | None:
        """The build context; not every backend builds from anything but its `Dockerfile`."""
        if isinstance(build, Mapping) and build.get("dockerfile", "Dockerfile") != "Dockerfile":
            raise self.refusal("build.dockerfile", "only `Dockerfile` is built here")
        return self.context(build, _BUILD)

    def _env(self, value: Any) -> dict[str, str]:
        """Texts, and the host's value for a name alone."""
        found = {}
        for name, item in self.pairs(value, "environment").items():
            if item is not None:
                found[name] = self.text(item, "environment")
            elif name in os.environ:
                found[name] = os.environ[name]
        return found

    def _words(self, value: Any, key: str) -> list[str] | None:
        if value is None:
            return None
        if isinstance(value, str):
            try:
                return shlex.split(self.text(value, key))
            except ValueError as error:  # a quote without its end
                raise self.malformed(key) from error
        if not isinstance(value, list):
            raise self.malformed(key)
        return [self.text(word, key) for word in value]

    def _optional(self, data: dict[str, Any], key: str) -> str | None:
        return None if data.get(key) is None else self.text(data[key], key)
