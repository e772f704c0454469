"""Collect hooks: a task's commands that gather artifacts from what the agent left.

They run in the agent's own files, which may have been made to lie, but in a fresh sandbox that no
process of the agent lives in. What they gather is the agent's word, as every artifact is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.sandbox.base import Backend, Image, Sandbox
from terminal_gym.verifier.carry import carry_everything, in_place_of


@contextmanager
def collected(
    bundle: Bundle, backend: Backend, image: Image, agent: Sandbox, step: TaskStep
) -> Iterator[tuple[Sandbox, list[str]]]:
    """The dead sandbox to take artifacts from, and a line for each hook that failed.

    As in Harbor, a hook that fails does not keep the task from being graded.

    Raises:
        StorageExceeded: The agent's files are larger than its storage.
    """
    hooks = step.grading.hooks
    if not hooks:
        yield agent, []
        return
    failures = []
    spec = in_place_of(bundle.machine.spec(network=step.network), agent)
    with closing(backend.start(image, spec)) as again:
        carry_everything(again, agent)
        for hook in hooks:
            result = again.run(
                ["/bin/sh", "-c", hook.command],
                cwd=bundle.machine.workdir,
                user=None if hook.user is None else str(hook.user),
                timeout_s=hook.timeout_sec,
            )
            if result.exit_code != 0:
                how = "timed out" if result.timed_out else f"ended with {result.exit_code}"
                failures.append(f"verifier.collect {hook.command!r}: {how}")
        again.kill_all()
        yield again, failures
