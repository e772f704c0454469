"""docker-compose.yaml: the service `client`, as far as a task folder can say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.bundle.compose import compose_file
from terminal_gym.bundle.compose_service import HONOURED, WITHOUT_EFFECT, ServiceReader
from terminal_gym.bundle.compose_services import AMONG_OTHERS
from terminal_gym.bundle.files import read_yaml
from terminal_gym.errors import BundleError
from terminal_gym.importers.terminal_bench.others import SERVICE, others_of
from terminal_gym.importers.terminal_bench.task import REMEDY

_IDLE = re.compile(r"(sleep (infinity|inf|\d+d?)|tail -f /dev/null|(/bin/)?(ba)?sh)")
_VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?:(:?[-?])([^}]*))?\})")


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
    others: dict[str, Any] = Field(
        default_factory=dict, description="a compose file's other services, and what they share"
    )


def read_service(folder: Path) -> Service:
    """The service `client` of a task; Terminal-Bench's own default where there is no compose file.

    Raises:
        BundleError: The file is malformed, or has no such service.
        UnsupportedFeature: It asks for keys that cannot be run here.
    """
    file = compose_file(folder)
    if file is None:
        return Service(env={"TEST_DIR": "/tests"})
    data = read_yaml(file, REMEDY)
    data = data if isinstance(data, dict) else {}
    services = data.get("services")
    if not isinstance(services, dict) or not isinstance(services.get(SERVICE), dict):
        raise BundleError(
            f"{file}: services.{SERVICE}: missing", remedy="name the agent's service `client`"
        )
    reader = _Reader(file, _tb_variables(folder.name))
    if len(services) == 1:
        return reader.service(services[SERVICE])
    return reader.service(services[SERVICE], others_of(file, reader.ours_replaced(data)))


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


class _Reader(ServiceReader):
    """Reads the client as a task folder can say it."""

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        super().__init__(file, f"services.{SERVICE}", "Terminal-Bench")
        self._variables = variables

    def service(self, data: dict[str, Any], others: dict[str, Any] | None = None) -> Service:
        self.refuse_unknown(data, HONOURED | WITHOUT_EFFECT | (AMONG_OTHERS if others else set()))
        self.refuse_mounts(data.get("volumes"))
        if others and data.get("network_mode"):
            raise self.refusal("network_mode", "the services share a network of their own")
        if data.get("platform") not in (None, "linux", "linux/amd64"):
            raise self.refusal("platform", f"{data['platform']} cannot be run here")
        return Service(
            **self._build(data),
            env=self._env(data.get("environment") or {}),
            workdir=self._optional(data, "working_dir"),
            user=self._optional(data, "user"),
            **self.limits(data),
            network=self.network(data),
            beside=self._beside(data),
            others=others or {},
            healthcheck=self.healthcheck(data.get("healthcheck")),
        )

    def _build(self, data: dict[str, Any]) -> dict[str, Any]:
        build = data.get("build")
        if build is None:
            if (self.file.parent / "Dockerfile").exists():
                return {}
            if image := self._optional(data, "image"):
                return {"image": image}
            raise BundleError(
                f"{self.file}: services.client.build: missing", remedy="name a build or an image"
            )
        build = {"context": build} if isinstance(build, str) else build
        if not isinstance(build, dict):
            raise self.malformed("build")
        for key in build:
            if key not in ("context", "dockerfile", "args"):
                raise self.refusal(f"build.{key}", "cannot be run here")
        args = self.pairs(build.get("args") or {}, "build.args")
        return {
            "context": self.text(build.get("context", "."), "build.context"),
            "dockerfile": self.text(build.get("dockerfile", "Dockerfile"), "build"),
            "build_args": {
                name: self.text(value, "build.args")
                for name, value in args.items()
                if value is not None
            },
        }

    def _env(self, value: Any) -> dict[str, str]:
        return {
            name: f"${{{name}:-}}" if text is None else self._kept(text, "environment")
            for name, text in self.pairs(value, "environment").items()
        }

    def _beside(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is started beside the agent's shell, as compose says it; a mere wait is nothing."""
        found = {key: data[key] for key in ("entrypoint", "command") if data.get(key)}
        command = found.get("command")
        words = command.split() if isinstance(command, str) else [str(w) for w in command or []]
        if words[:2] in (["sh", "-c"], ["bash", "-c"], ["/bin/sh", "-c"], ["/bin/bash", "-c"]):
            words = words[2:]
        if _IDLE.fullmatch(" ".join(words).strip("'\" ")):
            del found["command"]
        return {key: self.ours_replaced(value) for key, value in found.items()}

    def ours_replaced(self, value: Any) -> Any:
        """T_BENCH_* replaced, and the rest left as compose reads it."""
        if isinstance(value, dict):
            return {name: self.ours_replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.ours_replaced(item) for item in value]
        if not isinstance(value, str):
            return value
        return re.sub(
            r"\$\{?(T_BENCH_\w+)\}?",
            lambda match: self._variables.get(match[1], match[0]),
            value,
        )

    def _optional(self, data: dict[str, Any], key: str) -> str | None:
        value = data.get(key)
        return None if value is None else self.text(value, key)

    def text(self, value: object, key: str) -> str:
        """See `ServiceReader.text`; one that only the host could fill in is refused."""
        kept = self._kept(str(value), key)
        fixed = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", kept)
        if "${" in fixed:
            raise self.refusal(key, f"{value!r} depends on the host's environment")
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
            raise self.refusal(key, f"{text!r} cannot be written in task.toml")
        return _VARIABLE.sub(replace, text)
