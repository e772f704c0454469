"""One draft, from its judgement to its gates, and back to the authors as often as is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from terminal_gym_generator.engine import Made
from terminal_gym_generator.gates.blind import told
from terminal_gym_generator.gates.trial import one_line
from terminal_gym_generator.llm import attack, stages
from terminal_gym_generator.llm.calls.errors import Unusable
from terminal_gym_generator.llm.desk import Again, Desk
from terminal_gym_generator.llm.owners import MEANINGS, owner_of
from terminal_gym_generator.llm.problems import StageFailed
from terminal_gym_generator.llm.task import Task
from terminal_gym_generator.llm.trials import GateListener, Trials
from terminal_gym_generator.records import GateResult, Repair

_NEW_WORLD = (
    "The world was made anew, because of this:\n{found}\nBring what you handed in up to date."
)


class Making:
    """The making of one task.

    Args:
        desk: The draft's.
        trials: What it is put through.
        rounds: How often a failed gate may send it back.
        listener: Hears of every gate that is tried.
    """

    def __init__(self, desk: Desk, trials: Trials, rounds: int, listener: GateListener) -> None:
        self._desk = desk
        self._trials = trials
        self._rounds = rounds
        self._listener = listener
        self._task = Task(desk.draft)

    def all(self) -> Made:
        """The task with its gates, or why it came to none.

        Raises:
            UserError: A limit is reached, or the model cannot be asked; the draft is not decided.
            Fault: The model's server or a machine failed; the draft is not decided.
        """
        try:
            return self._all()
        except StageFailed as failed:
            reason = f"{failed.stage}: {failed.reason}"
        except Unusable as error:
            reason = f"{type(error).__name__}: {one_line(error.message, 500)}"
        return Made(self._task.record(failure=reason), [])

    def _all(self) -> Made:
        desk, task = self._desk, self._task
        stages.judge(desk, task)
        assert task.feasibility
        if not task.feasibility.ok:
            return Made(task.record(failure=task.feasibility.failure), [])
        stages.request(desk, task)
        stages.world(desk, task)
        self._keep_secrets()
        stages.work(desk, task, "solution")
        stages.settings(desk, task)
        self._verify("verifier")
        for number in range(1, self._rounds + 1):
            gates = self._gates()
            failed = _failed(gates)
            if failed is None or failed.detail.startswith("fault: "):
                return Made(task.record(), gates)
            self._mend(failed, number)
        return Made(task.record(), self._gates())

    def _keep_secrets(self) -> None:
        """What the gate `blind` would refuse the instruction for, before more is spent on it."""
        task = self._task
        reason = told(task.instruction, task.hidden)
        if reason and self._rounds:
            task.repairs.append(Repair(gate="blind", owner="instruction", reason=reason))
            self._redo("instruction", "blind", MEANINGS["blind"], reason, 0)
            reason = told(task.instruction, task.hidden)
        if reason:
            raise StageFailed("blind", reason)

    def _gates(self) -> list[GateResult]:
        return self._trials.gates(self._task.record(), self._listener)

    def _verify(self, name: str, again: Again | None = None) -> None:
        """The verifier's stage: drafted, attacked, refined."""
        stages.checks(self._desk, self._task, self._trials, name, again)
        if again is None:
            attack.find_attacks(self._desk, self._task)
        attack.toughen(self._desk, self._task, self._trials, name)

    def _mend(self, failed: GateResult, number: int) -> None:
        """Send a failure back to the stage that owns it."""
        owner, found = owner_of(self._desk, self._task, self._trials, failed)
        reason = one_line(failed.detail, 300)
        self._task.repairs.append(Repair(gate=failed.gate, owner=owner, reason=reason))
        self._redo(owner, failed.gate, MEANINGS.get(failed.gate, ""), found, number)

    def _redo(self, owner: str, gate: str, meaning: str, found: str, number: int) -> None:
        desk, task = self._desk, self._task

        def again(before: str, found: str = found) -> Again:
            return Again(before, gate, meaning, found)

        if owner == "instruction":
            stages.request(desk, task, again(stages.handed_in(task.request)))
        elif owner == "solution":
            stages.work(desk, task, f"solution-{number}", again(stages.handed_in(task.work)))
        elif owner == "verifier":
            self._verify(f"verifier-{number}", again(stages.handed_in(task.checks)))
        else:
            news = _NEW_WORLD.format(found=found)
            before = stages.handed_in(task.work), stages.handed_in(task.checks)
            stages.world(desk, task, again(stages.handed_in(task.world)))
            task.checks = None  # it may name what is not graded any more
            stages.work(desk, task, f"solution-{number}", again(before[0], news))
            self._verify(f"verifier-{number}", again(before[1], news))


def _failed(gates: Sequence[GateResult]) -> GateResult | None:
    return next((gate for gate in gates if not gate.ok), None)
