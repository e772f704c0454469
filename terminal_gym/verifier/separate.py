"""Grading in a sandbox of the verifier's own, which gets nothing of the agent's but artifacts."""

from __future__ import annotations

from contextlib import closing

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.steps import Grading, TaskStep
from terminal_gym.sandbox.base import Backend, Image, Sandbox, SandboxSpec, StateReport
from terminal_gym.sandbox.services import Services
from terminal_gym.sandbox.staging import copy_into, start_beside
from terminal_gym.verifier.artifacts import carry_artifacts
from terminal_gym.verifier.carry import with_memory, with_room
from terminal_gym.verifier.hooks import collected
from terminal_gym.verifier.tests_run import TestsRun, run_tests


def prepare_verifiers(bundle: Bundle, backend: Backend) -> dict[str, str]:
    """Build the images of separate verifiers, so that a mistake in them is seen before an episode.

    Returns:
        The images' digests, by the keys of task.toml that ask for them.

    Raises:
        DockerfileError: A line is malformed or cannot be run by this backend.
        ImageBuildFault: A build step failed.
    """
    digests = {}
    for step in bundle.steps:
        if step.grading.mode == "separate":
            key = f"steps.{step.name}.verifier" if step.name else "verifier"
            digests[key] = backend.prepare(step.grading.machine.image_source).digest
    return digests


def _spec(grading: Grading, source: Sandbox) -> SandboxSpec:
    """The verifier's sandbox, with room for all that an agent can have written."""
    spec = grading.machine.spec(network=grading.network)
    return with_memory(with_room(spec, source, beside=spec.limits.storage_mb))


def grade_separately(
    bundle: Bundle,
    backend: Backend,
    image: Image,
    agent: Sandbox,
    step: TaskStep,
    services: Services | None,
) -> tuple[TestsRun, StateReport]:
    """Run the tests of a step beside the artifacts that a dead sandbox holds.

    Raises:
        Fault: There is no verdict.
        StorageExceeded: The artifacts are too large.
    """
    grading = step.grading
    own = grading.machine.dressed(backend.prepare(grading.machine.image_source))
    workdir = grading.machine.workdir or own.workdir
    with (
        collected(bundle, backend, image, agent, step, services) as (source, failures),
        closing(backend.start(own, _spec(grading, source))) as fresh,
    ):
        if grading.machine.uploads and not grading.bundled:
            copy_into(fresh, grading.machine.uploads, workdir)
        start_beside(fresh, grading.machine.main_program(own))
        report = carry_artifacts(fresh, source, grading.artifacts, services)
        run = run_tests(fresh, grading, workdir, bundle.name)
    return run, report.model_copy(update={"dropped": [*report.dropped, *failures]})
