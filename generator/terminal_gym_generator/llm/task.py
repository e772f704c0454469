"""A task that is being made: what each author has handed in so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import tomli_w

from terminal_gym_generator.families_engine import task_toml
from terminal_gym_generator.gates.trial import one_line
from terminal_gym_generator.llm.forms import (
    Attack,
    Checks,
    Request,
    Settings,
    Work,
    World,
)
from terminal_gym_generator.llm.source import verifier_of
from terminal_gym_generator.llm.world import environment_of, hidden_of
from terminal_gym_generator.records import (
    Configuration,
    Draft,
    Environment,
    Feasibility,
    Instruction,
    Repair,
    Solution,
    TaskRecord,
)

_MOST_KEYWORDS = 8


@dataclass
class Task:
    """One draft's; stages fill it in, and again where they are done again."""

    draft: Draft
    feasibility: Feasibility | None = None
    request: Request | None = None
    world: World | None = None
    work: Work | None = None
    checks: Checks | None = None
    settings: Settings | None = None
    attacks: list[Attack] = field(default_factory=list)
    honest: set[str] = field(default_factory=set)
    """Names of attacks that turned out to do the work."""
    repairs: list[Repair] = field(default_factory=list)

    @property
    def instruction(self) -> str:
        """instruction.md."""
        return self.request.instruction.strip() + "\n" if self.request else ""

    @property
    def environment(self) -> Environment | None:
        """The build context."""
        return environment_of(self.world) if self.world else None

    @property
    def hidden(self) -> list[str]:
        """What the instruction must not hold."""
        return hidden_of(self.world) if self.world else []

    def record(self, checks: Checks | None = None, failure: str = "") -> TaskRecord:
        """All that there is.

        Args:
            checks: Instead of the verifier's.
            failure: Why nothing more comes.
        """
        environment, verifier, configuration = self.environment, None, None
        solution = Solution(commands=self.work.commands) if self.work else None
        instruction = Instruction(text=self.instruction, hidden=self.hidden)
        checks = checks or self.checks
        if environment and checks:
            verifier = verifier_of(checks, self.draft.id, environment.state)
        if environment and solution:
            configuration = configured(self.draft, environment, solution, self.settings)
        return TaskRecord(
            draft=self.draft,
            feasibility=self.feasibility,
            instruction=instruction if self.request else None,
            environment=environment,
            solution=solution,
            verifier=verifier,
            configuration=configuration,
            repairs=list(self.repairs),
            failure=failure,
        )


def configured(
    draft: Draft, environment: Environment, solution: Solution, settings: Settings | None
) -> Configuration:
    """task.toml, with what its author says as far as it is within bounds."""
    table: dict[str, Any] = task_toml(draft, environment, solution)
    if settings is not None:
        table["task"]["description"] = one_line(settings.description, 200) or draft.title
        words = [one_line(word, 40) for word in settings.keywords[:_MOST_KEYWORDS]]
        table["task"]["keywords"] = list(dict.fromkeys([draft.domain, *draft.skills, *words]))
        table["agent"]["timeout_sec"] = float(_within(settings.agent_timeout_sec, 60, 7200))
        table["environment"]["memory_mb"] = _within(settings.memory_mb, 256, 4096)
    return Configuration(text=tomli_w.dumps(table))


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(most, value))
