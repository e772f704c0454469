"""What in an engine is ours: labels say whose, so that it goes when its owner has died."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from terminal_gym.errors import BackendUnavailable, SandboxFault
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.owner import owner_is_alive, owner_tag

_OWNER = "terminal-gym.owner"
_HOST = "terminal-gym.host"
_DETACH_S = 10.0


def labels() -> dict[str, str]:
    """What everything that this process makes in an engine is marked with."""
    return {_OWNER: owner_tag(), _HOST: host()}


def host() -> str:
    """Where process ids mean what they mean here: a boot and its pid namespace."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"


def remove_left(engine: Engine) -> list[str]:
    """Remove what dead owners left; gives a line for each.

    Only those count that ran on this very host: process ids mean nothing of others'.
    """
    try:
        return remove_all(engine, _OWNER, _is_left)
    except (BackendUnavailable, SandboxFault):
        return []


def remove_all(
    engine: Engine, label: str, chosen: Callable[[dict[str, Any]], bool] = lambda entry: True
) -> list[str]:
    """Remove the containers, networks and volumes that have a label; gives a line for each.

    Args:
        engine: The connection.
        label: Its name, or `name=value`.
        chosen: Whether one is meant, by what the engine says of it.

    Raises:
        SandboxFault: The engine does not say what there is.
    """
    api, having = engine.api, {"label": label}
    with told("looking for what is to be removed"):
        containers = api.containers(all=True, filters=having)
        networks = api.networks(filters=having)
        volumes = api.volumes(filters=having)["Volumes"] or []
    removed = []
    for entry in filter(chosen, containers):
        remove_container(engine, entry["Id"])
        removed.append(f"container {entry['Id'][:12]}")
    for entry in filter(chosen, networks):
        _remove_network(engine, entry["Id"])
        removed.append(f"network {entry['Name']}")
    for entry in filter(chosen, volumes):
        with contextlib.suppress(SandboxFault), told("removing a volume"):
            api.remove_volume(entry["Name"], force=True)
        removed.append(f"volume {entry['Name']}")
    return removed


def _is_left(entry: dict[str, Any]) -> bool:
    marks = entry["Labels"] or {}
    return marks.get(_HOST) == host() and not owner_is_alive(marks[_OWNER])


def remove_container(engine: Engine, container: str) -> None:
    """Remove a container with its own volumes. Never raises."""
    with contextlib.suppress(SandboxFault), told("removing a container"):
        engine.api.remove_container(container, force=True, v=True)


def _remove_network(engine: Engine, network: str) -> None:
    """Remove a network; a container that has just been killed may hold it for a moment."""
    end = time.monotonic() + _DETACH_S
    while time.monotonic() < end:
        try:
            with told("removing a network"):
                engine.api.remove_network(network)
            return
        except SandboxFault as error:
            if isinstance(error.__cause__, NotFound):
                return
            time.sleep(0.05)
