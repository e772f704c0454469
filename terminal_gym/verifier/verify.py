"""Verification: what an agent left is graded by processes it never touched.

The agent's processes are killed and its file system is left behind. A fresh sandbox gets what may
be graded, then the tests, and runs them. The reward is read when all of its processes are dead.
What may be graded depends on the task:

- state: the paths that it declares, in a sandbox from its image, as root, without a network and
  with a clean environment;
- shared: the whole file system, with the image's variables and the network that the task names;
- separate: its artifacts only, in a sandbox from an image of the verifier's own (`separate.py`).
"""

from __future__ import annotations

import time
from contextlib import closing

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.errors import StorageExceeded
from terminal_gym.sandbox.base import Backend, Image, Sandbox, SandboxSpec, StateReport
from terminal_gym.sandbox.services import Services
from terminal_gym.verifier.carry import carry_everything, in_place_of, with_memory
from terminal_gym.verifier.hooks import collected
from terminal_gym.verifier.separate import grade_separately
from terminal_gym.verifier.tests_run import TestsRun, run_tests
from terminal_gym.verifier.verdict import Verdict


def verify(
    bundle: Bundle,
    backend: Backend,
    image: Image,
    agent: Sandbox,
    step: TaskStep | None = None,
    services: Services | None = None,
) -> Verdict:
    """Kill the agent's sandbox and grade what it left.

    Args:
        bundle: The task.
        backend: What made the agent's sandbox.
        image: The task's image.
        agent: The agent's sandbox; it is dead afterwards, and still the caller's to close.
        step: Which step to grade; default: the task's only one.
        services: What runs beside the agent's sandbox.

    Raises:
        VerifierFault: The verifier gave no usable reward.
        VerifierTimeout: It outlived its limit.
        SandboxFault: A sandbox could not be made, or died.
    """
    began = time.monotonic()
    agent.kill_all()
    step = step or bundle.steps[0]
    try:
        if step.grading.mode == "separate":
            run, report = grade_separately(bundle, backend, image, agent, step, services)
        else:
            run, report = _grade_in_place(bundle, backend, image, agent, step, services)
    except StorageExceeded as fault:
        return _ungradable(fault.message, step, began)
    return Verdict(
        **vars(run),
        elapsed_s=time.monotonic() - began,
        mode=step.grading.mode,
        missing=report.missing,
        dropped=report.dropped,
    )


def _grade_in_place(
    bundle: Bundle,
    backend: Backend,
    image: Image,
    agent: Sandbox,
    step: TaskStep,
    services: Services | None,
) -> tuple[TestsRun, StateReport]:
    grading = step.grading
    with closing(backend.start(image, _spec(step, agent))) as fresh:
        if grading.mode == "state":
            report = fresh.graft_state(agent, bundle.state)
        else:
            gathered = collected(bundle, backend, image, agent, step, services)
            with gathered as (source, failures):
                report = carry_everything(fresh, source)
            report = report.model_copy(update={"dropped": [*report.dropped, *failures]})
        workdir = grading.machine.workdir or image.workdir
        return run_tests(fresh, grading, workdir, bundle.name), report


def _spec(step: TaskStep, agent: Sandbox) -> SandboxSpec:
    grading = step.grading
    spec = with_memory(in_place_of(grading.machine.spec(network=grading.network), agent))
    return spec.model_copy(update={"env": {}}) if grading.mode == "state" else spec


def _ungradable(reason: str, step: TaskStep, began: float) -> Verdict:
    """The verdict on a state that cannot be carried over, for which the agent is to blame."""
    return Verdict(
        reward=0.0,
        rewards={"reward": 0.0},
        elapsed_s=time.monotonic() - began,
        mode=step.grading.mode,
        dropped=[reason],
    )
