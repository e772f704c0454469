"""The stages as an interface: what turns a draft into a task.

`make_record` drives any engine through the stages in order and keeps what each produced.
"""

from __future__ import annotations

from typing import Protocol

from terminal_gym_generator.records import (
    Configuration,
    Draft,
    Environment,
    Feasibility,
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


def make_record(engine: Engine, draft: Draft) -> TaskRecord:
    """Drive a draft through all stages; stops after feasibility when it is not feasible."""
    feasibility = engine.feasibility(draft)
    if not feasibility.ok:
        reasons = "; ".join(f"{c.name}: {c.reason}" for c in feasibility.criteria if not c.ok)
        return TaskRecord(draft=draft, feasibility=feasibility, failure=f"feasibility: {reasons}")
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
