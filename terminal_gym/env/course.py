"""An episode's way through the steps of its task: each has a sandbox of its own.

What a step left is graded when all of its processes are dead. The next step goes on with the files
of the last one, carried into a fresh sandbox: no process of an earlier step lives in it, and no
test was ever in it. What a verifier changed is not seen by later steps.
"""

from __future__ import annotations

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.env.setup import set_up
from terminal_gym.errors import StorageExceeded
from terminal_gym.sandbox.base import Backend, Image, Sandbox
from terminal_gym.verifier import Verdict, combine, shortfall, verify
from terminal_gym.verifier.carry import carry_everything


class Course:
    """The sandboxes and verdicts of one episode; the first sandbox is started at once.

    Attributes:
        sandbox: The present step's.
        verdicts: Of the steps so far, by name.
        stopped: Why no further step follows although there are more; "" otherwise.

    Raises:
        SandboxFault: No sandbox could be started.
        SetupFault: The task's own set-up failed.
        BackendUnavailable: The machine does not allow it.
    """

    def __init__(self, bundle: Bundle, backend: Backend, image: Image) -> None:
        self._bundle, self._backend, self._image = bundle, backend, image
        self._index = 0
        self._with_solution = False
        self.verdicts: dict[str, Verdict] = {}
        self.stopped = ""
        self.sandbox = self._open(None)

    @property
    def step(self) -> TaskStep:
        """The present step."""
        return self._bundle.steps[self._index]

    @property
    def instruction(self) -> str:
        """What the agent is asked in the present step."""
        return self._bundle.instructions[self._index]

    @property
    def announcement(self) -> str:
        """What an agent reads in the terminal when a further step begins."""
        total = len(self._bundle.steps)
        return f"[step {self._index + 1} of {total}: {self.step.name}]\n\n{self.instruction}"

    @property
    def left(self) -> int:
        """How many steps there are after the present one."""
        return len(self._bundle.steps) - self._index - 1

    def grade(self) -> Verdict:
        """Kill the present step's processes and grade what it left.

        Raises:
            Fault: There is no verdict.
        """
        verdict = verify(self._bundle, self._backend, self._image, self.sandbox, self.step)
        self.verdicts[self.step.name] = verdict
        self.stopped = shortfall(verdict.rewards, self.step.min_reward) or ""
        return verdict

    def advance(self) -> bool:
        """Begin the next step, after `grade`; false where the state is too large to go on with.

        Raises:
            Fault: Its sandbox could not be started or set up.
        """
        self._index += 1
        dead = self.sandbox
        try:
            self.sandbox = self._open(dead)
        except StorageExceeded:
            self._index -= 1
            return False
        dead.close()
        return True

    def verdict(self, *, cut_short: bool) -> Verdict:
        """On the whole task.

        Args:
            cut_short: The steps that are left count as 0.
        """
        if not self._bundle.config.steps:
            return self.verdicts[""]
        strategy = self._bundle.config.multi_step_reward_strategy or "mean"
        return combine(self.verdicts, strategy, unreached=self.left if cut_short else 0)

    def copy_in_solution(self) -> None:
        """Put the reference solution at /solution, in this step and those that follow."""
        self._with_solution = True
        self.sandbox.copy_in(self.step.solution_dir, "/solution")

    def close(self) -> None:
        """Remove the sandbox. Idempotent."""
        self.sandbox.close()

    def _open(self, dead: Sandbox | None) -> Sandbox:
        spec = self._bundle.machine.spec(network=self.step.network)
        sandbox = self._backend.start(self._image, spec)
        try:
            if dead is not None:
                carry_everything(sandbox, dead)
            set_up(sandbox, self._bundle, self.step, is_first=dead is None)
            if self._with_solution and self.step.solution_dir.is_dir():
                sandbox.copy_in(self.step.solution_dir, "/solution")
        except BaseException:
            sandbox.close()
            raise
        return sandbox
