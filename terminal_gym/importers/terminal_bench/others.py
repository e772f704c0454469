"""The services beside `client`, as a Harbor task has them beside `main`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terminal_gym.bundle.compose import MAIN
from terminal_gym.bundle.compose_services import FileReader, OtherServiceReader

SERVICE = "client"


def others_of(file: Path, data: dict[str, Any]) -> dict[str, Any]:
    """A compose file in which `main` stands for `client`, without what task.toml says of it.

    Args:
        file: The task's own, for messages.
        data: What it says, with Terminal-Bench's variables in it.

    Raises:
        BundleError: It is malformed.
        UnsupportedFeature: It has keys that are not honoured, or reach the host.
    """
    FileReader(file, "", "Terminal-Bench").check(data, with_others=True)
    services = {name: one for name, one in data["services"].items() if name != SERVICE}
    for name, one in services.items():
        OtherServiceReader(file, f"services.{name}", "Terminal-Bench").check(one)
    client = data["services"][SERVICE]
    main = {"networks": _with_alias(client.get("networks"))}
    if "depends_on" in client:
        main["depends_on"] = client["depends_on"]
    renamed = {name: {**one, **_after_main(one)} for name, one in services.items()}
    around = {key: data[key] for key in ("networks", "volumes") if data.get(key)}
    return {"services": {MAIN: main, **renamed}, **around}


def _with_alias(networks: Any) -> dict[str, Any]:
    """The networks, in which `main` goes by its old name, too."""
    joined = networks if isinstance(networks, dict) else dict.fromkeys(networks or ["default"])
    return {
        name: {"aliases": [SERVICE, *((how or {}).get("aliases") or [])]}
        for name, how in joined.items()
    }


def _after_main(service: dict[str, Any]) -> dict[str, Any]:
    """`depends_on` with the new name in it, if there is one."""
    wanted = service.get("depends_on")
    if isinstance(wanted, dict):
        return {"depends_on": {_renamed(name): how for name, how in wanted.items()}}
    return {"depends_on": [_renamed(name) for name in wanted]} if wanted else {}


def _renamed(name: str) -> str:
    return MAIN if name == SERVICE else name
