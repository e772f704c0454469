"""Collect hooks: a task's commands that gather artifacts from what the agent left.

They run in the agent's own files, which may have been made to lie, but in a fresh sandbox that no
process of the agent lives in. What they gather is the agent's word, as every artifact is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.models import MAIN, Collect
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.base import Backend, Image, Sandbox
from terminal_gym.sandbox.services import Services
from terminal_gym.verifier.carry import carry_everything, in_place_of


@contextmanager
def collected(
    bundle: Bundle,
    backend: Backend,
    image: Image,
    agent: Sandbox,
    step: TaskStep,
    services: Services | None,
) -> Iterator[tuple[Sandbox, list[str]]]:
    """The dead sandbox to take artifacts from, and a line for each hook that failed.

    As in Harbor, a hook that fails does not keep the task from being graded.

    Raises:
        StorageExceeded: The agent's files are larger than its storage.
    """
    hooks = step.grading.hooks
    if not any(hook.service in MAIN for hook in hooks):
        yield agent, [line for hook in hooks if (line := _failure_in_service(hook, services))]
        return
    failures = []
    spec = in_place_of(bundle.machine.spec(network=step.network), agent)
    with closing(backend.start(image, spec)) as again:
        carry_everything(again, agent)
        for hook in hooks:
            if hook.service in MAIN:
                line = _failure(hook, again, bundle.machine.workdir)
            else:
                line = _failure_in_service(hook, services)
            failures += [line] if line else []
        again.kill_all()
        yield again, failures


def _failure(hook: Collect, sandbox: Sandbox, workdir: str | None) -> str:
    """Run a hook; gives what is to be told if it fails, else ""."""
    result = sandbox.run(
        ["/bin/sh", "-c", hook.command],
        cwd=workdir,
        user=None if hook.user is None else str(hook.user),
        timeout_s=hook.timeout_sec,
    )
    if result.exit_code == 0:
        return ""
    how = "timed out" if result.timed_out else f"ended with {result.exit_code}"
    return f"verifier.collect {hook.command!r}: {how}"


def _failure_in_service(hook: Collect, services: Services | None) -> str:
    """As `_failure`. The agent may have brought the service down, which voids nothing."""
    assert services is not None, "a bundle's hooks name services that it has"
    try:
        return _failure(hook, services.sandbox(hook.service), None)
    except SandboxFault as fault:
        return f"verifier.collect {hook.command!r} in {hook.service}: {fault.message}"
