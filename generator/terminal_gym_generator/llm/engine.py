"""The second engine: a language model writes the tasks, the gates decide.

A draft goes through the same stages as a family's, each an author of its own that is asked by one
structured call or in a short conversation with a machine at hand; what a gate refuses goes back to
the stage that owns it. Everything that a model is told depends on the draft alone, and all that was
run for it is kept, so that a killed run goes on without asking anything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.engine import Made
from terminal_gym_generator.gates import Remaker
from terminal_gym_generator.llm.asking import Patience
from terminal_gym_generator.llm.calls import Caller
from terminal_gym_generator.llm.desk import Desk
from terminal_gym_generator.llm.difficulty import DifficultyFilter
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.llm.making import Making
from terminal_gym_generator.llm.prompts import Prompts
from terminal_gym_generator.llm.trials import Trials
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.records import Draft, GateResult, TaskRecord

EVIDENCE = "_evidence"


class ModelEngine:
    """See `Maker`; thread-safe, as long as each draft is made by one thread.

    Args:
        domains: The domain specifications, by name.
        caller: The model.
        prompts: The templates.
        place: Where authors have their machines.
        out: The run's folder; evidence comes into it.
        rounds: How often a failed gate may send a task back to its authors.
        patience: How long an author is listened to.
        thorough: Try all cheats.
        difficulty: Lets a model try the finished task; None: nobody tries.
    """

    name = "llm"

    def __init__(
        self,
        domains: Mapping[str, DomainSpec],
        caller: Caller,
        prompts: Prompts,
        place: Workplace,
        out: Path,
        *,
        rounds: int = 4,
        patience: Patience | None = None,
        thorough: bool = False,
        difficulty: DifficultyFilter | None = None,
    ) -> None:
        self._domains = domains
        self._caller = caller
        self._prompts = prompts
        self._place = place
        self._out = out
        self._rounds = rounds
        self._patience = patience or Patience()
        self._thorough = thorough
        self._difficulty = difficulty
        self._remaker = Remaker()

    def make(self, draft: Draft, listener: Callable[[GateResult], None]) -> Made:
        """See `Maker.make`."""
        if draft.refused:
            return Made(TaskRecord(draft=draft, failure=draft.refused), [])
        evidence = Evidence(self._out / EVIDENCE / f"{draft.id}.jsonl")
        desk = Desk(
            draft=draft,
            domain=self._domains[draft.domain],
            caller=self._caller,
            prompts=self._prompts,
            evidence=evidence,
            place=self._place,
            patience=self._patience,
        )
        trials = Trials(self._place, evidence, self._remaker, thorough=self._thorough)
        made = Making(desk, trials, self._rounds, listener).all()
        if self._difficulty is None or made.record.failure or not _passed(made):
            return made
        result = self._difficulty.judge(made.record, evidence)
        listener(result)
        return Made(made.record, [*(made.gates or []), result])

    def stop(self) -> None:
        """See `Maker.stop`."""
        self._caller.stop()


def _passed(made: Made) -> bool:
    return bool(made.gates) and all(gate.ok for gate in made.gates or [])
