"""docker-compose.yaml: the service `client`, as far as a task folder can say the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.bundle.compose import (
    HONOURED,
    WITHOUT_EFFECT,
    compose_file,
    megabytes,
    plain,
)
from terminal_gym.errors import BundleError, UnsupportedFeature
from terminal_gym.importers.terminal_bench.task import read_yaml

SERVICE = "client"
_IDLE = re.compile(r"(sleep (infinity|inf|\d+d?)|tail -f /dev/null|(/bin/)?(ba)?sh)")
_VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?:(:?[-?])([^}]*))?\})")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Service(BaseModel):
    """What a bundle needs to know of the client."""

    model_config = ConfigDict(frozen=True)

    context: str = Field(default=".", description="the image's build context, in the task's folder")
    dockerfile: str = Field(default="Dockerfile", description="in the context")
    build_args: dict[str, str] = Field(default_factory=dict)
    image: str | None = Field(default=None, description="a ready image, instead of a build")
    env: dict[str, str] = Field(default_factory=dict, description="`${NAME}` is the host's")
    workdir: str | None = None
    user: str | None = None
    cpus: float | None = None
    memory_mb: int | None = None
    network: bool = True
    healthcheck: dict[str, Any] | None = Field(default=None, description="in Harbor's keys")
    beside: dict[str, Any] = Field(
        default_factory=dict, description="command and entrypoint, unless they only wait"
    )


def read_service(folder: Path) -> Service:
    """The service `client` of a task; Terminal-Bench's own default where there is no compose file.

    Raises:
        BundleError: The file is malformed, or has no such service.
        UnsupportedFeature: It asks for other services or for keys that cannot be run here.
    """
    file = compose_file(folder)
    if file is None:
        return Service(env={"TEST_DIR": "/tests"})
    data = read_yaml(file)
    services = data.get("services") if isinstance(data, dict) else None
    if not isinstance(services, dict) or not isinstance(services.get(SERVICE), dict):
        raise BundleError(
            f"{file}: services.{SERVICE}: missing", remedy="name the agent's service `client`"
        )
    if others := sorted(set(services) - {SERVICE}):
        raise UnsupportedFeature(
            f"{file}: services.{others[0]}: only the service `client` can be run here",
            remedy="run this task under Terminal-Bench, or leave it out",
        )
    return _Reader(file, _tb_variables(folder.name)).service(services[SERVICE])


def _tb_variables(name: str) -> dict[str, str]:
    """The T_BENCH_* variables, with Terminal-Bench's values, but for the host's folders."""
    prefix = f"tb__{name}".replace(".", "-")
    return {
        "T_BENCH_TASK_DOCKER_CLIENT_CONTAINER_NAME": name.replace(".", "-"),
        "T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME": f"{prefix}__client",
        "T_BENCH_TASK_DOCKER_NAME_PREFIX": prefix,
        "T_BENCH_CONTAINER_LOGS_PATH": "/logs",
        "T_BENCH_CONTAINER_AGENT_LOGS_PATH": "/agent-logs",
        "T_BENCH_TEST_DIR": "/tests",
        "T_BENCH_TASK_LOGS_PATH": "/logs",
        "T_BENCH_TASK_AGENT_LOGS_PATH": "/agent-logs",
    }


class _Reader:
    """Reads one service; its errors name the file and the key."""

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        self._file = file
        self._variables = variables

    def service(self, data: dict[str, Any]) -> Service:
        for key in data:
            if key not in HONOURED | WITHOUT_EFFECT and not key.startswith("x-"):
                raise self._refusal(key, "cannot be run here")
        self._refuse_volumes(data.get("volumes") or [])
        if data.get("platform") not in (None, "linux", "linux/amd64"):
            raise self._refusal("platform", f"{data['platform']} cannot be run here")
        network = data.get("network_mode")
        if network not in (None, "bridge", "default", "host", "none"):
            raise self._refusal("network_mode", f"{network} cannot be run here")
        return Service(
            **self._build(data),
            env=self._env(data.get("environment") or {}),
            workdir=self._text(data, "working_dir"),
            user=self._text(data, "user"),
            **self._resources(data),
            network=network != "none",
            beside=self._beside(data),
            healthcheck=self._healthcheck(data.get("healthcheck")),
        )

    def _build(self, data: dict[str, Any]) -> dict[str, Any]:
        build = data.get("build")
        if build is None:
            if (self._file.parent / "Dockerfile").exists():
                return {}
            if image := self._text(data, "image"):
                return {"image": image}
            raise BundleError(
                f"{self._file}: services.client.build: missing", remedy="name a build or an image"
            )
        build = {"context": build} if isinstance(build, str) else build
        if not isinstance(build, dict):
            raise self._malformed("build")
        for key in build:
            if key not in ("context", "dockerfile", "args"):
                raise self._refusal(f"build.{key}", "cannot be run here")
        args = self._pairs(build.get("args") or {}, "build.args")
        return {
            "context": self._fixed(str(build.get("context", ".")), "build.context"),
            "dockerfile": self._fixed(str(build.get("dockerfile", "Dockerfile")), "build"),
            "build_args": {
                name: self._fixed(value, "build.args")
                for name, value in args.items()
                if value is not None
            },
        }

    def _env(self, value: Any) -> dict[str, str]:
        pairs = self._pairs(value, "environment")
        return {
            name: f"${{{name}:-}}" if text is None else self._kept(text, "environment")
            for name, text in pairs.items()
        }

    def _pairs(self, value: Any, key: str) -> dict[str, str | None]:
        """A mapping, or a list of NAME=value; None for what the host is to fill in."""
        if isinstance(value, list):
            parts = [str(item).partition("=") for item in value]
            return {name: text if equals else None for name, equals, text in parts}
        if not isinstance(value, dict):
            raise self._malformed(key)
        return {str(name): None if item is None else plain(item) for name, item in value.items()}

    def _resources(self, data: dict[str, Any]) -> dict[str, Any]:
        deploy = data.get("deploy") or {}
        limits = ((deploy.get("resources") or {}).get("limits") or {}) if deploy else {}
        cpus, memory = data.get("cpus", limits.get("cpus")), data.get("mem_limit")
        memory = limits.get("memory") if memory is None else memory
        try:
            return {
                "cpus": None if cpus is None else float(cpus),
                "memory_mb": None if memory is None else megabytes(str(memory)),
            }
        except ValueError as error:
            raise self._malformed("deploy.resources.limits") from error

    def _healthcheck(self, data: Any) -> dict[str, Any] | None:
        if not data or data.get("disable"):
            return None
        test = data.get("test")
        if isinstance(test, list):
            if test[:1] == ["NONE"]:
                return None
            test = test[1] if test[:1] == ["CMD-SHELL"] else shlex.join(map(str, test[1:]))
        if not isinstance(test, str):
            raise self._malformed("healthcheck.test")
        found: dict[str, Any] = {"command": self._fixed(test, "healthcheck.test")}
        for key in ("interval", "timeout", "start_period", "start_interval"):
            if key in data:
                found[f"{key}_sec"] = self._seconds(data[key], f"healthcheck.{key}")
        return {**found, "retries": data["retries"]} if "retries" in data else found

    def _seconds(self, value: Any, key: str) -> float:
        parts = re.findall(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)", str(value))
        if not parts or "".join(map("".join, parts)) != str(value):
            raise self._malformed(key)
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)

    def _beside(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is started beside the agent's shell, as compose says it; a mere wait is nothing."""
        found = {key: data[key] for key in ("entrypoint", "command") if data.get(key)}
        command = found.get("command")
        words = command.split() if isinstance(command, str) else [str(w) for w in command or []]
        if words[:2] in (["sh", "-c"], ["bash", "-c"], ["/bin/sh", "-c"], ["/bin/bash", "-c"]):
            words = words[2:]
        if _IDLE.fullmatch(" ".join(words).strip("'\" ")):
            del found["command"]
        return {key: self._ours_replaced(value) for key, value in found.items()}

    def _ours_replaced(self, value: Any) -> Any:
        """T_BENCH_* replaced, and the rest left as compose reads it."""
        if isinstance(value, list):
            return [self._ours_replaced(item) for item in value]
        return re.sub(
            r"\$\{?(T_BENCH_\w+)\}?",
            lambda match: self._variables.get(match[1], match[0]),
            str(value),
        )

    def _refuse_volumes(self, volumes: Any) -> None:
        for volume in volumes:
            if "T_BENCH_" not in str(volume):
                raise self._refusal("volumes", f"{volume} cannot be mounted here")

    def _text(self, data: dict[str, Any], key: str) -> str | None:
        value = data.get(key)
        return None if value is None else self._fixed(str(value), key)

    def _fixed(self, text: str, key: str) -> str:
        """Variables replaced; one that only the host could fill in is refused."""
        kept = self._kept(text, key)
        fixed = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", kept)
        if "${" in fixed:
            raise self._refusal(key, f"{text!r} depends on the host's environment")
        return fixed

    def _kept(self, text: str, key: str) -> str:
        """T_BENCH_* replaced; other variables are left for the host, in Harbor's form."""

        def replace(match: re.Match[str]) -> str:
            if match[1]:
                return "$"
            name = match[2] or match[3]
            if name in self._variables:
                return self._variables[name]
            if match[4] and "?" in match[4]:
                return f"${{{name}}}"
            return f"${{{name}:-{match[5] or ''}}}"

        if re.search(r"\$\{\w+:?\+", text) or re.search(r"\$\$\{", text):
            raise self._refusal(key, f"{text!r} cannot be written in task.toml")
        return _VARIABLE.sub(replace, text)

    def _refusal(self, key: str, why: str) -> UnsupportedFeature:
        return UnsupportedFeature(
            f"{self._file}: services.client.{key}: {why}",
            remedy="run this task under Terminal-Bench, or leave it out",
        )

    def _malformed(self, key: str) -> BundleError:
        return BundleError(
            f"{self._file}: services.client.{key}: not in a form that compose has",
            remedy=f"correct services.client.{key}",
        )
