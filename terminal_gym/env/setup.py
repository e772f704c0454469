"""What happens in a sandbox before an agent may act: a task's own set-up, and its health checks."""

from __future__ import annotations

import time

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.models import Healthcheck
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.errors import SetupFault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.sandbox.staging import copy_into, start_beside

_SETUP_S = 600.0
_FOLDERS = 'mkdir -p "$1" /logs/agent /logs/artifacts && chmod 777 /logs/agent /logs/artifacts'


def set_up(sandbox: Sandbox, bundle: Bundle, step: TaskStep, *, is_first: bool) -> None:
    """Make a sandbox ready for a step.

    Args:
        sandbox: Fresh, or with what the step before left.
        bundle: The task.
        step: The step.
        is_first: Nothing was carried into it.

    Raises:
        SetupFault: setup.sh failed, or a health check did not pass.
    """
    workdir = bundle.machine.workdir or sandbox.image.workdir
    user = step.agent_user or sandbox.image.user
    if is_first and not bundle.state:  # of declared state, nothing is published in folders
        sandbox.run(["/bin/sh", "-c", _FOLDERS, "sh", workdir], user="root", cwd="/")
    if is_first and (files := bundle.machine.uploads):
        copy_into(sandbox, files, workdir)
    start_beside(sandbox, bundle.machine.main_program(sandbox.image))
    if check := bundle.machine.healthcheck:
        _wait_until_healthy(sandbox, check, None, workdir, "environment.healthcheck")
    if files := step.workdir_files:
        copy_into(sandbox, files, workdir)
        if (files / "setup.sh").is_file():
            _run_setup(sandbox, step, workdir, user)
    if check := step.healthcheck:
        _wait_until_healthy(sandbox, check, user, workdir, f"steps[{step.name}].healthcheck")


def _run_setup(sandbox: Sandbox, step: TaskStep, workdir: str, user: str) -> None:
    result = sandbox.run(
        ["/bin/bash", f"{workdir.rstrip('/')}/setup.sh"],
        cwd=workdir,
        user=user,
        timeout_s=_SETUP_S,
    )
    if result.exit_code != 0:
        how = "did not end" if result.timed_out else f"ended with {result.exit_code}"
        said = result.output.decode(errors="replace").strip().splitlines()[-1:]
        raise SetupFault(
            f"{step.folder}/workdir/setup.sh {how}: {said}", remedy="mend the task's set-up"
        )


def _wait_until_healthy(
    sandbox: Sandbox, check: Healthcheck, user: str | None, workdir: str, key: str
) -> None:
    """Repeat the check as Docker does: failures before `start_period_sec` do not count."""
    began = time.monotonic()
    failures = 0
    while True:
        starting = time.monotonic() - began < check.start_period_sec
        argv = ["/bin/sh", "-c", check.command]
        result = sandbox.run(argv, cwd=workdir, user=user, timeout_s=check.timeout_sec)
        if result.exit_code == 0:
            return
        failures += not starting
        if failures >= check.retries:
            said = result.output.decode(errors="replace").strip().splitlines()[-1:]
            raise SetupFault(
                f"{key}: {check.command!r} failed {failures} times: {said}",
                remedy="mend the task, or raise healthcheck.retries or start_period_sec",
            )
        time.sleep(check.start_interval_sec if starting else check.interval_sec)
