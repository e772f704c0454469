"""A folder's docker-compose.yaml, as far as one service goes: its sandbox is made as it says.

Only the service `main` is run, which is the agent's in Harbor. Other services, and keys that would
change what the task is but are not honoured here, are refused by name.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.bundle.models import Healthcheck
from terminal_gym.errors import BundleError, UnsupportedFeature

COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")
HONOURED = {
    *("build", "command", "cpus", "deploy", "entrypoint", "environment", "healthcheck", "image"),
    *("mem_limit", "network_mode", "user", "volumes", "working_dir"),
}
# About the host that runs it, or done in our own way.
WITHOUT_EFFECT = {
    *("container_name", "expose", "hostname", "init", "labels", "logging", "platform", "ports"),
    *("pull_policy", "restart", "stdin_open", "stop_grace_period", "stop_signal", "tty"),
}
_MAIN = "main"
_MAX_BYTES = 1 << 20
_VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?::?-([^}]*))?\})")
# Harbor's own folders, which older tasks mount by these names.
_OWN_MOUNT = re.compile(r"\$\{?(HOST|ENV|T_BENCH)_\w+\}?")
_MB = {"b": 2**-20, "k": 2**-10, "m": 1.0, "g": 2.0**10}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


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
    cpus: float | None = None
    memory_mb: int | None = None
    network: bool = True
    healthcheck: Healthcheck | None = None


def compose_file(folder: Path) -> Path | None:
    """The compose file of a folder, if it has one."""
    return next((folder / name for name in COMPOSE_FILES if (folder / name).is_file()), None)


def read_service(folder: Path) -> Service | None:
    """The one service of a folder's compose file; None without such a file.

    Raises:
        BundleError: The file is malformed.
        UnsupportedFeature: It has other services, or keys that cannot be run here.
    """
    file = compose_file(folder)
    return _Reader(file).service() if file else None


class _Reader:
    """Reads one file; its errors name the file and the key."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def service(self) -> Service:
        data = self._table(self._load(), "the file")
        for key in data:
            if key not in ("services", "version", "name") and not str(key).startswith("x-"):
                raise self._refusal(key, "is not honoured here")
        services = self._table(data.get("services"), "services")
        if not services:
            raise self._malformed("services")
        name = self._only(list(services))
        return self._read(self._table(services[name], f"services.{name}"), f"services.{name}")

    def _load(self) -> Any:
        try:
            if self._file.stat().st_size > _MAX_BYTES:
                raise BundleError(f"{self._file}: larger than 1 MiB", remedy="shorten it")
            return yaml.safe_load(self._file.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise BundleError(f"{self._file}: {error}", remedy="mend the YAML there") from error

    def _only(self, names: list[str]) -> str:
        """The agent's service; a sole one of another name is it, if nothing else is built."""
        has_dockerfile = (self._file.parent / "Dockerfile").is_file()
        if len(names) == 1 and (names[0] == _MAIN or not has_dockerfile):
            return names[0]
        other = next(name for name in names if name != _MAIN)
        raise self._refusal(f"services.{other}", "a second service cannot be run here")

    def _read(self, data: dict[str, Any], at: str) -> Service:
        for key in data:
            if key not in HONOURED | WITHOUT_EFFECT and not str(key).startswith("x-"):
                raise self._refusal(f"{at}.{key}", "is not honoured here")
        for volume in data.get("volumes") or []:
            if not isinstance(volume, str) or not _OWN_MOUNT.match(volume):
                raise self._refusal(f"{at}.volumes", f"{volume!r} cannot be mounted here")
        network = data.get("network_mode")
        if network not in (None, "bridge", "default", "host", "none"):
            raise self._refusal(f"{at}.network_mode", f"{network!r} cannot be had here")
        return Service(
            context=self._context(data.get("build"), f"{at}.build"),
            image=self._text(data.get("image")),
            entrypoint=self._words(data.get("entrypoint"), f"{at}.entrypoint"),
            command=self._words(data.get("command"), f"{at}.command"),
            env=self._env(data.get("environment") or {}, f"{at}.environment"),
            workdir=self._text(data.get("working_dir")),
            user=self._text(data.get("user")),
            **self._limits(data, at),
            network=network != "none",
            healthcheck=self._healthcheck(data.get("healthcheck"), f"{at}.healthcheck"),
        )

    def _context(self, build: Any, at: str) -> Path | None:
        if build is None:
            return None
        table = {"context": build} if isinstance(build, str) else self._table(build, at)
        for key in table:
            if key not in ("context", "dockerfile"):
                raise self._refusal(f"{at}.{key}", "is not honoured here")
        if table.get("dockerfile", "Dockerfile") != "Dockerfile":
            raise self._refusal(f"{at}.dockerfile", "only `Dockerfile` is built here")
        top = self._file.parent
        context = (top / (self._text(table.get("context", ".")) or ".")).resolve()
        if not context.is_relative_to(top.resolve()):
            raise self._refusal(f"{at}.context", "leads out of the folder")
        if not (context / "Dockerfile").is_file():
            raise BundleError(f"{self._file}: {at}: there is no {context}/Dockerfile")
        return context

    def _env(self, value: Any, at: str) -> dict[str, str]:
        """A mapping, or a list of NAME=value; a name alone stands for the host's value."""
        if isinstance(value, list):
            parts = [str(item).partition("=") for item in value]
            value = {name: text if equals else None for name, equals, text in parts}
        found = {}
        for name, item in self._table(value, at).items():
            if item is not None:
                found[str(name)] = self._text(plain(item)) or ""
            elif name in os.environ:
                found[str(name)] = os.environ[name]
        return found

    def _words(self, value: Any, at: str) -> list[str] | None:
        if value is None:
            return None
        if isinstance(value, str):
            return shlex.split(self._text(value) or "")
        if not isinstance(value, list):
            raise self._malformed(at)
        return [self._text(str(word)) or "" for word in value]

    def _limits(self, data: dict[str, Any], at: str) -> dict[str, Any]:
        deploy = self._table(data.get("deploy") or {}, f"{at}.deploy")
        resources = self._table(deploy.get("resources") or {}, f"{at}.deploy.resources")
        limits = self._table(resources.get("limits") or {}, f"{at}.deploy.resources.limits")
        cpus, memory = data.get("cpus", limits.get("cpus")), data.get("mem_limit")
        memory = limits.get("memory") if memory is None else memory
        try:
            return {
                "cpus": None if cpus is None else float(cpus),
                "memory_mb": None if memory is None else megabytes(str(memory)),
            }
        except ValueError as error:
            raise self._malformed(f"{at}.deploy.resources.limits") from error

    def _healthcheck(self, data: Any, at: str) -> Healthcheck | None:
        if not data or data.get("disable") or data.get("test") in (["NONE"], "NONE"):
            return None
        test = data.get("test")
        if isinstance(test, list):
            words = [str(word) for word in test[1:]]
            test = words[0] if test[:1] == ["CMD-SHELL"] else shlex.join(words)
        if not isinstance(test, str):
            raise self._malformed(f"{at}.test")
        found: dict[str, Any] = {"command": self._text(test)}
        for key in ("interval", "timeout", "start_period", "start_interval"):
            if key in data:
                found[f"{key}_sec"] = self._seconds(data[key], f"{at}.{key}")
        if "retries" in data:
            found["retries"] = data["retries"]
        return Healthcheck.model_validate(found)

    def _seconds(self, value: Any, at: str) -> float:
        parts = re.findall(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)", str(value))
        if not parts or "".join(map("".join, parts)) != str(value):
            raise self._malformed(at)
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)

    def _text(self, value: Any) -> str | None:
        """Text with the host's variables in it, as compose puts them in."""
        if value is None:
            return None

        def replace(match: re.Match[str]) -> str:
            if match[1]:
                return "$"
            return os.environ.get(match[2] or match[3]) or match[4] or ""

        return _VARIABLE.sub(replace, str(value))

    def _table(self, value: Any, at: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self._malformed(at)
        return dict(value)

    def _refusal(self, key: str, why: str) -> UnsupportedFeature:
        return UnsupportedFeature(
            f"{self._file}: {key}: {why}", remedy="run this task under Harbor, or leave it out"
        )

    def _malformed(self, key: str) -> BundleError:
        return BundleError(
            f"{self._file}: {key}: not in a form that compose has", remedy=f"correct {key}"
        )


def plain(value: Any) -> str:
    """A YAML scalar as compose writes it into an environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def megabytes(size: str) -> int:
    """A size such as `512m` or `2G`, in MiB.

    Raises:
        ValueError: It is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmg]?)b?", size.strip().lower())
    if not match:
        raise ValueError(size)
    return max(1, round(float(match[1]) * _MB[match[2] or "b"]))
