"""task.toml as models: Harbor's schema 1.4, and older keys that occur in public data.

Source of the facts: the `harbor` package, `harbor/models/task/config.py` (0.24). Unknown keys are
kept and reported by `unknown_keys`, so that a newer schema loads with a warning, not an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

NetworkMode = Literal["no-network", "public", "allowlist"]
MAIN = (None, "main")  # how the agent's own service is called, where others can be
_NO_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
MAX_MB, MAX_SECONDS, MAX_CPUS = 1 << 30, 1e8, 1e5  # beyond what any machine has
MIN_MEMORY_MB = 16
_UNITS_MB = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0 * 1024}

Env = dict[Annotated[str, Field(pattern=r"^[^=]+$")], str]
"""Environment variables."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


class Author(_Section):
    """Who wrote a task."""

    name: str
    email: str | None = None


class PackageInfo(_Section):
    """[task]."""

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$", description="org/name")
    version: str | None = None
    description: str = ""
    authors: list[Author] = Field(default_factory=list)
    keywords: list[str] = Field(default_factory=list)


class GymMetadata(_Section):
    """[metadata.terminal_gym]: what is ours."""

    domain: str = ""
    difficulty: int | None = Field(default=None, ge=1, le=5)
    family: str = ""
    seed: int | None = None
    state: list[str] = Field(default_factory=list, description="absolute paths that are graded")
    horizon: int | None = Field(default=None, ge=1, description="the reference's commands")
    engine: str = Field(default="", description="what made it: families, llm; empty: hands")
    model: str = Field(default="", description="which model wrote it")
    admission: dict[str, Any] = Field(default_factory=dict)

    @field_validator("state")
    @classmethod
    def _absolute(cls, state: list[str]) -> list[str]:
        for path in state:
            if not path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"{path!r} is not an absolute path without '..'")
        return state


class AgentSection(_Section):
    """[agent]."""

    timeout_sec: float | None = Field(default=None, gt=0, le=MAX_SECONDS)
    user: str | int | None = None
    network_mode: NetworkMode | None = None
    allowed_hosts: list[str] | None = None


class Healthcheck(_Section):
    """[environment.healthcheck]: a command that says when the environment is ready."""

    command: str
    interval_sec: float = Field(default=5.0, ge=0, le=MAX_SECONDS)
    timeout_sec: float = Field(default=30.0, gt=0, le=MAX_SECONDS)
    start_period_sec: float = Field(default=0.0, ge=0, le=MAX_SECONDS)
    start_interval_sec: float = Field(default=5.0, ge=0, le=MAX_SECONDS)
    retries: int = Field(default=3, ge=0, le=1_000_000)


class EnvironmentSection(_Section):
    """[environment]."""

    build_timeout_sec: float = Field(default=600.0, gt=0, le=MAX_SECONDS)
    docker_image: str | None = None
    os: str = "linux"
    cpus: float | None = Field(default=None, gt=0, le=MAX_CPUS)
    memory_mb: int | None = Field(default=None, ge=MIN_MEMORY_MB, le=MAX_MB)
    storage_mb: int | None = Field(default=None, gt=0, le=MAX_MB)
    gpus: int | None = None
    gpu_types: list[str] | None = None
    tpu: dict[str, Any] | None = None
    network_mode: NetworkMode = "public"
    allowed_hosts: list[str] | None = None
    allow_internet: bool | None = None
    mcp_servers: list[dict[str, Any]] = Field(default_factory=list)
    skills_dir: str | None = None
    env: Env = Field(default_factory=dict)
    healthcheck: Healthcheck | None = None
    workdir: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _old_keys(cls, data: Any) -> Any:
        """`memory = "2G"`, `storage = "10G"` and `allow_internet` of schema 1.0."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for old, new in (("memory", "memory_mb"), ("storage", "storage_mb")):
            if old in data:
                data.setdefault(new, _size_mb(data.pop(old)))
        if data.get("allow_internet") is False and "network_mode" not in data:
            data["network_mode"] = "no-network"
        return data


class Collect(_Section):
    """[[verifier.collect]]: a command that snapshots state once the agent is done."""

    command: str
    service: str = "main"
    timeout_sec: float = Field(default=60.0, gt=0, le=MAX_SECONDS)
    user: str | int | None = None


class Artifact(_Section):
    """What is copied from the agent's sandbox into a separate verifier's, at the same path."""

    source: str
    destination: str | None = Field(default=None, description="on Harbor's host; no use here")
    exclude: list[str] = Field(default_factory=list, description="as of tar's --exclude")
    service: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, data: Any) -> Any:
        return {"source": data} if isinstance(data, str) else data

    @field_validator("source")
    @classmethod
    def _inside(cls, source: str) -> str:
        if ".." in source.split("/"):
            raise ValueError(f"{source!r} holds '..'")
        return source


class VerifierSection(_Section):
    """[verifier]."""

    timeout_sec: float = Field(default=600.0, gt=0, le=MAX_SECONDS)
    env: Env = Field(default_factory=dict)
    user: str | int | None = None
    environment_mode: Literal["shared", "separate"] | None = None
    environment: EnvironmentSection | None = None
    collect: list[Collect] = Field(default_factory=list)
    network_mode: NetworkMode | None = None
    allowed_hosts: list[str] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> VerifierSection:
        if self.environment_mode == "shared" and self.environment is not None:
            raise ValueError("environment_mode 'shared' contradicts [verifier.environment]")
        return self

    @property
    def mode(self) -> Literal["shared", "separate"] | None:
        """What this section says about the mode; None: nothing."""
        return self.environment_mode or ("separate" if self.environment else None)


class SolutionSection(_Section):
    """[solution]."""

    env: Env = Field(default_factory=dict)


class StepSection(_Section):
    """[[steps]]: one step of a multi-step task."""

    name: str
    agent: AgentSection = Field(default_factory=AgentSection)
    verifier: VerifierSection = Field(default_factory=VerifierSection)
    min_reward: float | dict[str, float] | None = None
    healthcheck: Healthcheck | None = None
    artifacts: list[Artifact] = Field(default_factory=list)

    @field_validator("name")
    @classmethod
    def _folder_name(cls, name: str) -> str:
        if not name or len(name) > 80 or name != name.rstrip(". ") or _NO_NAME.search(name):
            raise ValueError(f"{name[:80]!r} cannot be the name of a folder on every system")
        return name


class TaskConfig(_Section):
    """A whole task.toml."""

    schema_version: str = "1.4"
    task: PackageInfo | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    agent: AgentSection = Field(default_factory=AgentSection)
    verifier: VerifierSection = Field(default_factory=VerifierSection)
    environment: EnvironmentSection = Field(default_factory=EnvironmentSection)
    solution: SolutionSection = Field(default_factory=SolutionSection)
    source: str | None = None
    multi_step_reward_strategy: Literal["mean", "final"] | None = None
    steps: list[StepSection] = Field(default_factory=list, max_length=1000)
    artifacts: list[Artifact] = Field(default_factory=list)

    @field_validator("steps")
    @classmethod
    def _distinct(cls, steps: list[StepSection]) -> list[StepSection]:
        names = Counter(unicodedata.normalize("NFC", step.name).casefold() for step in steps)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"several steps are named {twice[0]!r}")
        return steps

    @model_validator(mode="before")
    @classmethod
    def _old_version(cls, data: Any) -> Any:
        """`version = "1.0"` is the schema's version in old files."""
        if isinstance(data, dict) and "version" in data:
            data = dict(data)
            data.setdefault("schema_version", data.pop("version"))
        return data

    @property
    def gym(self) -> GymMetadata:
        """[metadata.terminal_gym], with defaults where it is absent."""
        return GymMetadata.model_validate(self.metadata.get("terminal_gym", {}))


def unknown_keys(section: BaseModel, prefix: str = "") -> Iterator[str]:
    """Dotted names of keys that the schema does not have."""
    for name in section.model_extra or {}:
        yield prefix + name
    for name in type(section).model_fields:
        value = getattr(section, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                yield from unknown_keys(item, f"{prefix}{name}.")


def _size_mb(size: Any) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?", str(size).strip().upper())
    if not match:
        raise ValueError(f"{size!r} is no size; write memory_mb or storage_mb as a whole number")
    return max(1, round(min(float(match[1]) * _UNITS_MB[match[2]], 2 * MAX_MB)))
