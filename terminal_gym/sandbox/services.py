"""Services beside a sandbox: what a backend may offer in addition.

A task's database or server runs in a sandbox of its own, reached by name over a network that only
the task's sandboxes share. A backend that runs services has the members of `RunsServices`, too.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.sandbox.base import Availability, Image, Link, Sandbox, ServicesSource


class ServicesPlan(BaseModel):
    """Services that can be started: their images are built."""

    model_config = ConfigDict(frozen=True)

    source: ServicesSource
    images: dict[str, Image] = Field(description="by service")
    model: dict[str, Any] = Field(description="the file as Docker Compose reads it")


class Services(Protocol):
    """Running services of one episode."""

    links: tuple[Link, ...]
    """What a sandbox needs in its spec to reach them, and to be reached by them."""

    def sandbox(self, service: str) -> Sandbox:
        """One of them, in which commands can be run, and whose files can be read."""

    def close(self) -> None:
        """Remove them with all that they wrote, and their networks. Idempotent; never raises."""


@runtime_checkable
class RunsServices(Protocol):
    """A backend that runs services."""

    def check_services(self) -> Availability:
        """Whether it can here, where the backend works; never raises."""

    def prepare_services(self, source: ServicesSource) -> ServicesPlan:
        """Read the file and build or find all images.

        Raises:
            BackendUnavailable: What runs services is not installed.
            BundleError: The file is malformed.
            DockerfileError: A line is malformed.
            ImageBuildFault: An image could not be had.
        """

    def start_services(self, plan: ServicesPlan, *, network: bool) -> Services:
        """Start them anew, and wait for those that the sandbox's own service depends on.

        Args:
            plan: What to start.
            network: They, and who joins them, have a way to the outside.

        Raises:
            SetupFault: One did not become what others wait for.
            SandboxFault: They could not be started.
        """
