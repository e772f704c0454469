"""What the stages of one draft share: whom to ask, where to work, and what was found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.llm.asking import Form, Look, Patience, ask, converse
from terminal_gym_generator.llm.bench import Bench
from terminal_gym_generator.llm.calls import Caller, Message, system, user
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.llm.prompts import Prompts
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.records import Draft, Environment


@dataclass(frozen=True)
class Again:
    """Why a stage is done again.

    Attributes:
        before: What was handed in, as JSON.
        gate: What refused it.
        meaning: What must hold there.
        found: What was found instead.
    """

    before: str
    gate: str
    meaning: str
    found: str


@dataclass(frozen=True)
class Desk:
    """One draft's.

    Attributes:
        draft: The draft.
        domain: Its domain.
        caller: The model.
        prompts: The templates.
        evidence: What was found out about this draft.
        place: Where machines are.
        patience: How long authors are listened to.
    """

    draft: Draft
    domain: DomainSpec
    caller: Caller
    prompts: Prompts
    evidence: Evidence
    place: Workplace
    patience: Patience

    def ask(
        self,
        stage: str,
        form: type[Form],
        look: Look[Form] = lambda made: "",
        again: Again | None = None,
        **values: Any,
    ) -> Form:
        """A stage's answer by structured calls; see `asking.ask`."""
        opening = self._opening(stage, again, values)
        return ask(self.caller, stage, self.draft.id, opening, form, look, self.patience)

    def converse(
        self,
        stage: str,
        form: type[Form],
        look: Look[Form],
        environment: Environment,
        name: str,
        again: Again | None = None,
        **values: Any,
    ) -> Form:
        """A stage's answer by a conversation with a machine; see `asking.converse`.

        Args:
            stage: Its template's name, too.
            form: What is handed in.
            look: Says what is wrong with it.
            environment: What is on the machine.
            name: The conversation's own among those of the draft.
            again: Why it is held again.
            values: For the template.
        """
        opening = self._opening(stage, again, values)
        bench = Bench(self.place, environment, self.evidence, name)
        try:
            return converse(
                self.caller, stage, self.draft.id, opening, form, look, self.patience, bench
            )
        finally:
            bench.close()

    def _opening(self, stage: str, again: Again | None, values: dict[str, Any]) -> list[Message]:
        request = self.prompts.text(f"{stage}.md", draft=self.draft, **values)
        if again is not None:
            request += "\n" + self.prompts.text(
                "repair.md",
                before=again.before,
                gate=again.gate,
                gate_meaning=again.meaning,
                evidence=again.found,
            )
        return [system(self.prompts.text("system.md", domain=self.domain)), user(request)]
