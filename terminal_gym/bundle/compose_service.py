"""What is the same in every reader of a compose file's service: limits, health checks, variables.

Harbor's tasks and Terminal-Bench 1's name their main service differently, and put in variables at
different times; all else is read here.
"""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from terminal_gym.errors import BundleError, UnsupportedFeature

HONOURED = {
    *("build", "command", "cpus", "deploy", "entrypoint", "environment", "healthcheck", "image"),
    *("mem_limit", "network_mode", "user", "volumes", "working_dir"),
}
# About the host that runs it, or done in our own way.
WITHOUT_EFFECT = {
    *("container_name", "expose", "hostname", "init", "labels", "logging", "platform", "ports"),
    *("pull_policy", "restart", "stdin_open", "stop_grace_period", "stop_signal", "tty"),
}
_NETWORKS = (None, "bridge", "default", "host", "none")
# The harnesses' own folders, which tasks mount by these names.
_OWN_MOUNT = re.compile(r"\$\{?(HOST|ENV|T_BENCH)_\w+\}?")
_MB = {"b": 2**-20, "k": 2**-10, "m": 1.0, "g": 2.0**10}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")


class ServiceReader(ABC):
    """Reads one service; its errors name the file and the key.

    Args:
        file: The compose file.
        at: Where the service stands in it.
        elsewhere: What else runs such a task.
    """

    def __init__(self, file: Path, at: str, elsewhere: str) -> None:
        self.file = file
        self.at = at
        self._elsewhere = elsewhere

    @abstractmethod
    def text(self, value: object, key: str) -> str:
        """A scalar with its variables put in."""

    def refuse_unknown(self, data: Mapping[str, Any], known: Iterable[str]) -> None:
        """Refuse the first key that is not known, those of `x-` apart.

        Raises:
            UnsupportedFeature: There is one.
        """
        for key in data:
            if key not in known and not str(key).startswith("x-"):
                raise self.refusal(key, "is not honoured here")

    def refuse_mounts(self, volumes: Any) -> None:
        """Refuse all but the harness's own folders.

        Raises:
            UnsupportedFeature: There is another.
        """
        for volume in self.listed(volumes, "volumes"):
            source = volume.get("source") if isinstance(volume, Mapping) else volume
            if not _OWN_MOUNT.match(str(source)):
                raise self.refusal("volumes", f"{volume} cannot be mounted here")

    def network(self, data: Mapping[str, Any]) -> bool:
        """Whether it has a network."""
        mode = data.get("network_mode")
        if mode not in _NETWORKS:
            raise self.refusal("network_mode", f"{mode} cannot be had here")
        return bool(mode != "none")

    def pairs(self, value: Any, key: str) -> dict[str, str | None]:
        """A mapping, or a list of NAME=value; None for what the host is to fill in."""
        if isinstance(value, list):
            parts = [str(item).partition("=") for item in value]
            return {name: text if equals else None for name, equals, text in parts}
        table = self.table(value, key)
        return {str(name): None if item is None else _plain(item) for name, item in table.items()}

    def limits(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """`cpus` and `memory_mb`, wherever they are said."""
        deploy = self.table(data.get("deploy") or {}, "deploy")
        resources = self.table(deploy.get("resources") or {}, "deploy.resources")
        limits = self.table(resources.get("limits") or {}, "deploy.resources.limits")
        cpus, memory = data.get("cpus", limits.get("cpus")), data.get("mem_limit")
        memory = limits.get("memory") if memory is None else memory
        try:
            return {
                "cpus": None if cpus is None else float(cpus),
                "memory_mb": None if memory is None else megabytes(str(memory)),
            }
        except (TypeError, ValueError, OverflowError) as error:
            raise self.malformed("deploy.resources.limits") from error

    def healthcheck(self, data: Any) -> dict[str, Any] | None:
        """A health check in the keys of task.toml."""
        data = self.table(data or {}, "healthcheck")
        if not data or data.get("disable") or data.get("test") in (["NONE"], "NONE"):
            return None
        test = data.get("test")
        if isinstance(test, list):
            words = [str(word) for word in test[1:]]
            test = words[0] if test[:1] == ["CMD-SHELL"] else shlex.join(words)
        if not isinstance(test, str):
            raise self.malformed("healthcheck.test")
        found: dict[str, Any] = {"command": self.text(test, "healthcheck.test")}
        for key in ("interval", "timeout", "start_period", "start_interval"):
            if key in data:
                found[f"{key}_sec"] = self._seconds(data[key], f"healthcheck.{key}")
        return {**found, "retries": data["retries"]} if "retries" in data else found

    def _seconds(self, value: Any, key: str) -> float:
        parts = _DURATION.findall(str(value))
        if not parts or "".join(map("".join, parts)) != str(value):
            raise self.malformed(key)
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)

    def table(self, value: Any, key: str) -> dict[str, Any]:
        """A mapping.

        Raises:
            BundleError: It is none.
        """
        if not isinstance(value, Mapping):
            raise self.malformed(key)
        return {str(name): item for name, item in value.items()}

    def listed(self, value: Any, key: str) -> list[Any]:
        """A list; empty where nothing is said.

        Raises:
            BundleError: It is none.
        """
        if not isinstance(value or [], list):
            raise self.malformed(key)
        return list(value or [])

    def refusal(self, key: str, why: str) -> UnsupportedFeature:
        """The error for what is not run here."""
        return UnsupportedFeature(
            f"{self.file}: {self._key(key)}: {why}",
            remedy=f"run this task under {self._elsewhere}, or leave it out",
        )

    def malformed(self, key: str) -> BundleError:
        """The error for what compose would not take either."""
        key = self._key(key)
        return BundleError(
            f"{self.file}: {key}: not in a form that compose has", remedy=f"correct {key}"
        )

    def _key(self, key: str) -> str:
        return ".".join(filter(None, (self.at, key)))


def megabytes(size: str) -> int:
    """A size such as `512m` or `2G`, in MiB.

    Raises:
        ValueError: It is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmg]?)b?", size.strip().lower())
    if not match:
        raise ValueError(size)
    return max(1, round(float(match[1]) * _MB[match[2] or "b"]))


def _plain(value: Any) -> str:
    """A YAML scalar as compose writes it into an environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)
