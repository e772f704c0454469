"""An episode's way through the steps of its task: each has a sandbox of its own.

What a step left is graded when all of its processes are dead. The next step goes on with the files
of the last one, carried into a fresh sandbox: no process of an earlier step lives in it, and no
test was ever in it. What a verifier changed is not seen by later steps. Services beside the
sandboxes, where a task has some, live from the first step to the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.steps import TaskStep
from terminal_gym.env.beside import start_services
from terminal_gym.env.setup import set_up
from terminal_gym.errors import Fault, StorageExceeded
from terminal_gym.sandbox.base import Backend, Image, Sandbox
from terminal_gym.sandbox.services import ServicesPlan
from terminal_gym.verifier import Verdict, combine, shortfall, verify
from terminal_gym.verifier.carry import carry_everything, in_place_of


@dataclass(frozen=True)
class Ending:
    """How a step of a task ended.

    Attributes:
        end: exit, max_steps, time_limit, min_reward or state_size.
        step: Its name.
        verdict: On the step, or where no other begins, on the whole task.
        goes_on: Whether the next step has begun.
    """

    end: str
    step: str
    verdict: Verdict
    goes_on: bool = False


class Course:
    """The sandboxes and verdicts of one episode; the first sandbox is started at once.

    Args:
        bundle: The task.
        backend: What makes its sandboxes.
        image: What they are made from.
        plan: What runs beside them.

    Attributes:
        sandbox: The present step's.
        verdicts: Of the steps so far, by name.

    Raises:
        SandboxFault: No sandbox could be started.
        SetupFault: The task's own set-up failed.
        BackendUnavailable: The machine does not allow it.
    """

    def __init__(
        self, bundle: Bundle, backend: Backend, image: Image, plan: ServicesPlan | None = None
    ) -> None:
        self._bundle, self._backend, self._image = bundle, backend, image
        self._index = 0
        self._with_solution = False
        self.verdicts: dict[str, Verdict] = {}
        self._services = start_services(plan, backend, network=self.step.network)
        try:
            self.sandbox = self._open(None)
        except BaseException:
            self._close_services()
            raise

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
    def _left(self) -> int:
        return len(self._bundle.steps) - self._index - 1

    def end_step(self, end: str) -> Ending:
        """Grade what the present step left, and begin the next one where there is to be one.

        Args:
            end: What ended it: exit, max_steps or time_limit.

        Raises:
            Fault: There is no verdict, or the next step's sandbox could not be made ready.
        """
        name = self.step.name
        verdict = verify(
            self._bundle, self._backend, self._image, self.sandbox, self.step, self._services
        )
        self.verdicts[name] = verdict
        if shortfall(verdict.rewards, self.step.min_reward):
            end = "min_reward"
        elif self._left and end != "max_steps":
            if self._advance():
                return Ending(end, name, verdict, goes_on=True)
            end = "state_size"
        return Ending(end, name, self._whole(cut_short=end in ("max_steps", "state_size")))

    def _advance(self) -> bool:
        """Begin the next step; false where the state is too large to go on with."""
        dead = self.sandbox
        self._index += 1
        try:
            self.sandbox = self._open(dead)
        except StorageExceeded:
            self._index -= 1
            return False
        dead.close()
        return True

    def _whole(self, *, cut_short: bool) -> Verdict:
        """The verdict on the whole task; where it was cut short, what is left counts as 0."""
        if not self._bundle.config.steps:
            return self.verdicts[""]
        strategy = self._bundle.config.multi_step_reward_strategy or "mean"
        return combine(self.verdicts, strategy, unreached=self._left if cut_short else 0)

    def copy_in_solution(self) -> None:
        """Put the reference solution at /solution, in this step and those that follow."""
        self._with_solution = True
        self.sandbox.copy_in(self.step.solution_dir, "/solution")

    def close(self) -> None:
        """Remove the sandbox, and what runs beside it. Idempotent."""
        self.sandbox.close()
        self._close_services()

    def _close_services(self) -> None:
        if self._services is not None:
            self._services.close()

    def _open(self, dead: Sandbox | None) -> Sandbox:
        spec = self._bundle.machine.spec(network=self.step.network)
        if dead is not None:
            spec = in_place_of(spec, dead)
        elif self._services is not None:
            spec = spec.model_copy(update={"links": self._services.links})
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


def closing_info(end: str, verdict: Verdict | None, fault: Fault | None) -> dict[str, Any]:
    """The info of an episode's last step."""
    described = None
    if fault is not None:
        described = {
            "type": type(fault).__name__,
            "message": fault.message,
            "remedy": fault.remedy,
        }
    return {"end": end, "verdict": verdict, "fault": described, "valid": fault is None}
