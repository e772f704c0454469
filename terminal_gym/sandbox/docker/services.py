"""The services of one episode: a compose project in networks of its own."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from typing import Any

from docker.utils import version_lt

from terminal_gym.errors import BackendUnavailable, SandboxFault, SetupFault
from terminal_gym.sandbox.base import SandboxSpec
from terminal_gym.sandbox.docker import owned
from terminal_gym.sandbox.docker.compose import Compose
from terminal_gym.sandbox.docker.engine import Engine, told
from terminal_gym.sandbox.docker.project import links_of, networks_of, project_model
from terminal_gym.sandbox.docker.sandbox import DockerSandbox
from terminal_gym.sandbox.owner import owner_tag
from terminal_gym.sandbox.services import ServicesPlan

_PROJECT = "terminal-gym.project"
_SERVICE = "com.docker.compose.service"
_START_S = 600.0
_LOOK_S = 0.1
_START_INTERVAL_SINCE = "1.44"  # the engine's version of its interface
# A closed network's bridge has no address, so that the host is not to be reached in it either.
_CLOSED = {"com.docker.network.bridge.inhibit_ipv4": "true"}


class DockerServices:
    """See `Services`; started at once.

    Args:
        engine: The connection.
        compose: What starts them.
        plan: What to start.
        network: There is a way to the outside.
    """

    def __init__(
        self, engine: Engine, compose: Compose, plan: ServicesPlan, *, network: bool
    ) -> None:
        self._engine = engine
        self._name = f"terminal-gym-{owner_tag().replace('.', '-')}-{secrets.token_hex(4)}"
        self._marks = {**owned.labels(), _PROJECT: self._name}
        self._plan = plan
        self._lock = threading.Lock()
        self._closed = False
        self.links = links_of(plan, self._name)
        try:
            for name, closed in networks_of(plan).items():
                self._make_network(f"{self._name}_{name}", internal=closed or not network)
            model = project_model(plan, self._name, self._marks, network=network)
            if version_lt(engine.api.api_version, _START_INTERVAL_SINCE):
                _without_start_interval(model)
            compose.up(self._name, model, _START_S)
            self._await_dependencies()
        except BaseException:
            self.close()
            raise

    def _make_network(self, name: str, *, internal: bool) -> None:
        with told("making a network"):
            self._engine.api.create_network(
                name,
                driver="bridge",
                internal=internal,
                options=_CLOSED if internal else {},
                labels=self._marks,
            )

    def sandbox(self, service: str) -> DockerSandbox:
        """See `Services.sandbox`."""
        said = self._plan.model["services"][service]
        image = self._plan.images[service]
        own = {
            "user": said.get("user") or image.user,
            "workdir": said.get("working_dir") or image.workdir,
        }
        return DockerSandbox(
            self._engine,
            self._container(service),
            image.model_copy(update=own),
            SandboxSpec(hostname=service),
        )

    def _await_dependencies(self) -> None:
        """Wait for those that the sandbox's own service depends on, as Compose does for others."""
        services = self._plan.model["services"]
        wanted = services[self._plan.source.main].get("depends_on") or {}
        until = time.monotonic() + _START_S
        for service, how in wanted.items():
            if how["condition"] == "service_started":
                continue
            while not self._has_become(how["condition"], service):
                if time.monotonic() > until:
                    raise self._not_ready(service, f"not ready after {_START_S:g} s")
                time.sleep(_LOOK_S)

    def _has_become(self, condition: str, service: str) -> bool:
        state = self._state(service)
        if condition == "service_completed_successfully":
            if state["Status"] == "exited" and state["ExitCode"] != 0:
                raise self._not_ready(service, f"ended with {state['ExitCode']}")
            return bool(state["Status"] == "exited")
        health = (state.get("Health") or {}).get("Status")
        if health == "unhealthy" or state["Status"] == "exited":
            raise self._not_ready(service, health or f"ended with {state['ExitCode']}")
        return bool(health == "healthy")

    def _state(self, service: str) -> dict[str, Any]:
        with told(f"looking at the service {service}"):
            found = self._engine.api.inspect_container(self._container(service))
        return dict(found["State"])

    def _container(self, service: str) -> str:
        marks = [f"{_PROJECT}={self._name}", f"{_SERVICE}={service}"]
        with told(f"looking for the service {service}"):
            found = self._engine.api.containers(all=True, filters={"label": marks})
        if not found:
            raise SandboxFault(f"the service {service} is gone")
        return str(found[0]["Id"])

    def _not_ready(self, service: str, why: str) -> SetupFault:
        with told(f"reading what the service {service} said"):
            log = self._engine.api.logs(self._container(service), tail=1)
        said = log.decode(errors="replace").strip()
        return SetupFault(
            f"services.{service}: {why}: {said[-300:]!r}", remedy="mend the task's service"
        )

    def close(self) -> None:
        """See `Services.close`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(SandboxFault, BackendUnavailable):
            owned.remove_all(self._engine, f"{_PROJECT}={self._name}")


def _without_start_interval(model: dict[str, Any]) -> None:
    """Leave out what an older engine would refuse; it checks by `interval` from the beginning."""
    for service in model["services"].values():
        service.get("healthcheck", {}).pop("start_interval", None)
