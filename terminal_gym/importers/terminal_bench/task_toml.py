"""task.toml of a converted task."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import tomli_w

from terminal_gym.importers.terminal_bench.compose import Service
from terminal_gym.importers.terminal_bench.task import TaskYaml

_DIFFICULTIES = {"easy": 1, "medium": 3, "hard": 5}
# The tests' own limit is in tests/test.sh: there, as in Terminal-Bench, being late is failing. This
# one is the sandbox's, and ends in a fault.
_SPARE_S = 60.0


def task_toml(task: TaskYaml, source: Path, service: Service, *, verifier_network: bool) -> str:
    """The whole file. Comments at the head of task.yaml (a canary) stay at its head."""
    environment: dict[str, Any] = {
        "network_mode": "public" if service.network else "no-network",
        "cpus": service.cpus,
        "memory_mb": service.memory_mb,
        "workdir": service.workdir,
        "env": service.env,
        "healthcheck": service.healthcheck,
    }
    verifier: dict[str, Any] = {
        "timeout_sec": task.max_test_timeout_sec + _SPARE_S,
        "user": "root",
        "network_mode": "public" if verifier_network else None,
        "env": service.env,
    }
    whole = {
        "schema_version": "1.4",
        "task": _task(task, source.name),
        "metadata": _metadata(task),
        "agent": {"timeout_sec": task.max_agent_timeout_sec, "user": service.user},
        "verifier": verifier,
        "environment": environment,
    }
    return _head(source / "task.yaml") + tomli_w.dumps(_without_none(whole))


def _task(task: TaskYaml, name: str) -> dict[str, Any]:
    author = {"name": task.author_name, "email": task.author_email}
    known = {key: value for key, value in author.items() if value != "unknown"}
    return {
        "name": f"terminal-bench/{re.sub(r'[^A-Za-z0-9._-]+', '-', name).lstrip('._-') or 'task'}",
        "authors": [{"name": "unknown", **known}] if known else None,
        "keywords": task.tags,
    }


def _metadata(task: TaskYaml) -> dict[str, Any]:
    kept = task.model_dump(
        include={
            "author_name",
            "author_email",
            "difficulty",
            "category",
            "tags",
            "estimated_duration_sec",
            "expert_time_estimate_min",
            "junior_time_estimate_min",
        }
    )
    ours = {"domain": task.category, "difficulty": _DIFFICULTIES.get(task.difficulty)}
    return {**kept, "terminal_gym": ours}


def _head(file: Path) -> str:
    head = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        head += f"{line}\n"
    return head


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_none(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in kept.items() if item != {}}
    return value
