"""A bundle on trial: what the gates do with it, each in a sandbox of its own.

The reference solution is run by its separate commands in a real terminal, as an agent would give
them. Variants of a bundle (less CPU, other variables, further state) share its image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from terminal_gym.bundle import Bundle, load_bundle
from terminal_gym.sandbox.base import Backend, Image, Sandbox
from terminal_gym.terminal import Terminal
from terminal_gym.verifier import Verdict, verify
from terminal_gym_generator.records import TaskRecord

STEP_SECONDS = 60.0
SOLVED = 1.0
_HASTY = {"CHECKS_FIRST_FAILURE": "1"}


class Rejected(Exception):  # noqa: N818 - a verdict on the bundle, not an error of ours
    """The bundle does not hold; the message says why, in one line."""


class Skipped(Exception):  # noqa: N818
    """The gate does not apply; the message says why, in one line."""


class Trial:
    """One bundle, its image, and the state that its reference solution leaves.

    Args:
        path: The bundle's folder.
        record: What it was written from.
        backend: Where sandboxes come from.
    """

    def __init__(self, path: Path, record: TaskRecord, backend: Backend) -> None:
        self.path = path
        self.record = record
        self.backend = backend
        self._solved: Sandbox | None = None

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle, loaded.

        Raises:
            BundleError: It is malformed.
        """
        return load_bundle(self.path)

    @cached_property
    def image(self) -> Image:
        """The bundle's image, built on first use.

        Raises:
            ImageBuildFault: A build step failed.
        """
        source = self.bundle.image_source
        if self.record.draft.engine == "llm":  # what a model wrote reaches no network of the host's
            source = source.model_copy(update={"network": False})
        return self.backend.prepare(source)

    @cached_property
    def _hasty(self) -> Bundle:
        return self.bundle.altered(verifier_env=_HASTY)

    @property
    def commands(self) -> list[str]:
        """The reference solution."""
        return self.record.solution.commands if self.record.solution else []

    @contextmanager
    def sandbox(self, bundle: Bundle | None = None) -> Iterator[Sandbox]:
        """A fresh sandbox for the bundle, or for the same task under other conditions."""
        sandbox = self.backend.start(self.image, (bundle or self.bundle).sandbox_spec)
        try:
            yield sandbox
        finally:
            sandbox.close()

    def grade(self, sandbox: Sandbox, bundle: Bundle | None = None) -> Verdict:
        """Verify what is in `sandbox`, which is dead afterwards."""
        return verify(bundle or self.bundle, self.backend, self.image, sandbox)

    def earns(self, sandbox: Sandbox) -> float:
        """The reward for what is in `sandbox`, which is dead afterwards; quicker than `grade`.

        A verifier written with checks.py stops at its first failure, so it is not for an adversary
        who may wait for a later check.
        """
        return self.grade(sandbox, self._hasty).reward

    def solve(self, sandbox: Sandbox, commands: Sequence[str] | None = None) -> Iterator[int]:
        """Give the reference solution's commands to a terminal in `sandbox`, one at a time.

        Args:
            sandbox: Where.
            commands: Others instead.

        Yields:
            After each command: how many are done.

        Raises:
            Rejected: A command does not end, ends the shell, or is no whole command.
        """
        terminal = self.terminal(sandbox)
        try:
            for done, command in enumerate(commands or self.commands, 1):
                state = terminal.run(command, STEP_SECONDS).state
                if state != "done":
                    raise Rejected(f"command {done} leaves the shell {state}: {one_line(command)}")
                yield done
        finally:
            terminal.close()

    def solve_all(self, sandbox: Sandbox, commands: Sequence[str] | None = None) -> None:
        """`solve` to its end."""
        for _ in self.solve(sandbox, commands):
            pass

    def terminal(self, sandbox: Sandbox, *, kill_on_timeout: bool = False) -> Terminal:
        """A shell in `sandbox`, as the task's agent gets it."""
        user = self.bundle.config.agent.user
        return Terminal(
            sandbox,
            cwd=self.bundle.config.environment.workdir,
            user=None if user is None else str(user),
            kill_on_timeout=kill_on_timeout,
        )

    @contextmanager
    def solved(self) -> Iterator[Sandbox]:
        """A fresh sandbox that holds the state which the reference solution leaves."""
        if self._solved is None:
            self._solved = self.backend.start(self.image, self.bundle.sandbox_spec)
            self.solve_all(self._solved)
            self._solved.kill_all()
        with self.copy(self._solved) as sandbox:
            yield sandbox

    @contextmanager
    def copy(self, source: Sandbox) -> Iterator[Sandbox]:
        """A fresh sandbox that holds the graded state of `source`."""
        with self.sandbox() as sandbox:
            sandbox.graft_state(source, self.bundle.state)
            yield sandbox

    def fingerprint(self, sandbox: Sandbox) -> bytes:
        """Equal for equal graded state: paths, kinds, modes, owners, sizes and change times."""
        listing = r"%p %y %m %U %G %s %i %T@ %C@ %l\n"
        return sandbox.run(
            ["find", *self.bundle.state, "-printf", listing],
            user="root",
            max_output=64 << 20,
            clean_env=True,
        ).output

    def close(self) -> None:
        """Give back the sandbox that `solved` copies from. Idempotent."""
        if self._solved is not None:
            self._solved.close()
            self._solved = None


def one_line(text: str, limit: int = 80) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def failed_checks(verdict: Verdict) -> str:
    """The names of a verdict's failed checks, for a gate's detail."""
    names = [name for name, passed in verdict.checks.items() if not passed]
    return "; ".join(names) or one_line(verdict.output[-200:]) or "no check said why"
