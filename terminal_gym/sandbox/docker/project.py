"""The compose project that is started for one episode: a task's services, held as its sandbox is.

It is written anew from what Compose read, key by key: nothing comes in that is not meant to.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from terminal_gym.sandbox.base import Limits, Link
from terminal_gym.sandbox.services import ServicesPlan

# What a container's own root needs for chown, su, kill, ping and servers on low ports.
CAPABILITIES = [
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"),
    *("NET_BIND_SERVICE", "SYS_CHROOT"),
]
# Names are not looked up outside: an engine may do that on the host, whatever the network. It does
# not answer then, so that who asks should not wait for long.
NAMES_INSIDE = {"dns": ["127.0.0.1"], "dns_opt": ["timeout:1", "attempts:2"]}
_KEPT = (
    *("command", "entrypoint", "healthcheck", "hostname", "init", "read_only", "shm_size"),
    *("stdin_open", "stop_signal", "tmpfs", "tty", "user", "working_dir"),
)


def networks_of(plan: ServicesPlan) -> dict[str, bool]:
    """The project's networks by name, and whether the task closes them to the outside."""
    found = plan.model.get("networks") or {}
    return {name: bool((how or {}).get("internal")) for name, how in found.items()}


def links_of(plan: ServicesPlan, project: str) -> tuple[Link, ...]:
    """The networks that the sandbox's own service is in."""
    main = plan.source.main
    joined = _joined(plan.model["services"][main])
    return tuple(
        Link(network=f"{project}_{name}", aliases=tuple(dict.fromkeys((main, *aliases))))
        for name, aliases in joined.items()
    )


def project_model(
    plan: ServicesPlan, project: str, marks: Mapping[str, str], *, network: bool
) -> dict[str, Any]:
    """The project.

    Args:
        plan: The task's services.
        project: Its name, which its networks begin with; they are there.
        marks: Labels of everything that is made.
        network: There is a way to the outside.
    """
    services = {name: plan.model["services"][name] for name in plan.source.names}
    return {
        "services": {
            name: _held(service, plan.source.limits)
            | {
                "image": plan.images[name].ref,
                "depends_on": _dependencies(service, services),
                "labels": dict(marks),
                **({} if network else NAMES_INSIDE),
            }
            for name, service in services.items()
        },
        "networks": {
            name: {"name": f"{project}_{name}", "external": True} for name in networks_of(plan)
        },
        "volumes": {name: {"labels": dict(marks)} for name in plan.model.get("volumes") or {}},
    }


def _held(service: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """A service within limits, and with no more rights than a sandbox."""
    named = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    memory = int(service.get("mem_limit") or named.get("memory") or limits.memory_mb << 20)
    cpus = float(service.get("cpus") or named.get("cpus") or limits.cpus)
    own_name = [service["container_name"]] if service.get("container_name") else []
    return {
        **{key: service[key] for key in _KEPT if service.get(key) is not None},
        "volumes": _private(service.get("volumes") or []),
        "environment": _set_ones(service.get("environment") or {}),
        "networks": {
            name: {"aliases": [*aliases, *own_name]} for name, aliases in _joined(service).items()
        },
        # One that waits for another by failing until it is there is given the time.
        "restart": "no" if service.get("restart") in (None, "no") else "on-failure",
        "mem_limit": memory,
        "memswap_limit": memory,
        "cpus": min(cpus, os.cpu_count() or 1),
        "pids_limit": limits.pids,
        "cap_drop": ["ALL"],
        "cap_add": CAPABILITIES,
        "security_opt": ["no-new-privileges:true"],
        "ipc": "private",
        "ulimits": {"fsize": limits.storage_mb << 20, "core": 0},
        "logging": {"driver": "json-file", "options": {"max-size": "1m"}},
    }


def _joined(service: Mapping[str, Any]) -> dict[str, list[str]]:
    """The networks of a service, with its further names in them."""
    joined = service.get("networks") or {}
    return {name: list((how or {}).get("aliases") or []) for name, how in joined.items()}


def _dependencies(service: Mapping[str, Any], among: Iterable[str]) -> dict[str, Any]:
    """What is started first; the sandbox's own service is started last in any case."""
    wanted = service.get("depends_on") or {}
    return {name: how for name, how in wanted.items() if name in among}


def _private(volumes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Volumes and memory; a folder of the host's is none of them, and was refused before."""
    return [volume for volume in volumes if volume["type"] in ("volume", "tmpfs")]


def _set_ones(environment: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if value is not None}
