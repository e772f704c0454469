"""What runs beside a task's sandboxes: the services of its compose file, if it has any."""

from __future__ import annotations

from terminal_gym.bundle import Bundle
from terminal_gym.errors import BackendUnavailable, UnsupportedFeature
from terminal_gym.sandbox.base import Backend
from terminal_gym.sandbox.services import RunsServices, Services, ServicesPlan


def plan_services(bundle: Bundle, backend: Backend) -> ServicesPlan | None:
    """Make a task's services ready to be started; None where it has none.

    Raises:
        UnsupportedFeature: The backend runs no services.
        BackendUnavailable: What it runs them with is not installed.
        BundleError: The compose file is malformed.
        ImageBuildFault: An image could not be had.
    """
    source = bundle.machine.services
    if source is None:
        return None
    at = f"{source.file}: services.{source.names[0]}"
    if not isinstance(backend, RunsServices):
        raise UnsupportedFeature(
            f"{at}: the backend {backend.name} runs no second service",
            remedy="use --backend docker, with Docker Compose v2",
        )
    found = backend.check_services()
    if not found.ok:
        raise BackendUnavailable(f"{at}: {found.detail}", remedy=found.remedy)
    return backend.prepare_services(source)


def start_services(
    plan: ServicesPlan | None, backend: Backend, *, network: bool
) -> Services | None:
    """Start what a plan holds, if anything.

    Raises:
        SetupFault: A service did not become what others wait for.
        SandboxFault: They could not be started.
    """
    if plan is None or not isinstance(backend, RunsServices):
        return None
    return backend.start_services(plan, network=network)
