"""The stages as an interface: what turns a draft into a task.

`make_record` drives an engine whose stages are pure functions through them in order and keeps what
each produced. A `Maker` does that by itself, because it looks at what the gates say and does stages
again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from terminal_gym_generator.records import (
    Configuration,
    Draft,
    Environment,
    Feasibility,
    GateResult,
    Instruction,
    Solution,
    TaskRecord,
    Verifier,
)


class Engine(Protocol):
    """A way of making tasks; each method is one stage and a pure function of its arguments."""

    name: str

    def feasibility(self, draft: Draft) -> Feasibility:
        """Judge the draft."""

    def instruction(self, draft: Draft) -> Instruction:
        """Write instruction.md."""

    def environment(self, draft: Draft, instruction: Instruction) -> Environment:
        """Make the world."""

    def solution(
        self, draft: Draft, instruction: Instruction, environment: Environment
    ) -> Solution:
        """Solve the task."""

    def verifier(
        self, draft: Draft, instruction: Instruction, environment: Environment
    ) -> Verifier:
        """Write the checks from the instruction and the world; the solution is not shown."""

    def configuration(
        self, draft: Draft, environment: Environment, solution: Solution
    ) -> Configuration:
        """Write task.toml."""


@dataclass(frozen=True)
class Made:
    """What became of a draft.

    Attributes:
        record: Its stages, as far as they came.
        gates: What the gates said of it; None where nobody has tried them yet.
    """

    record: TaskRecord
    gates: Sequence[GateResult] | None = None


@runtime_checkable
class Maker(Protocol):
    """An engine that drives the stages and tries the gates itself."""

    name: str

    def make(self, draft: Draft, listener: Callable[[GateResult], None]) -> Made:
        """The task, or why there is none.

        Raises:
            UserError: The run must end; the draft is not decided.
            Fault: As before.
        """

    def stop(self) -> None:
        """Let what is under way end soon, by raising a Fault. Idempotent."""


def make_record(engine: Engine, draft: Draft) -> TaskRecord:
    """Drive a draft through all stages; stops after feasibility when it is not feasible."""
    feasibility = engine.feasibility(draft)
    if not feasibility.ok:
        return TaskRecord(draft=draft, feasibility=feasibility, failure=feasibility.failure)
    instruction = engine.instruction(draft)
    environment = engine.environment(draft, instruction)
    solution = engine.solution(draft, instruction, environment)
    return TaskRecord(
        draft=draft,
        feasibility=feasibility,
        instruction=instruction,
        environment=environment,
        solution=solution,
        verifier=engine.verifier(draft, instruction, environment),
        configuration=engine.configuration(draft, environment, solution),
    )
