"""`terminal-gym generate --engine llm`: from the command line's options to a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from rich.console import Console
from rich.text import Text

from terminal_gym.agents import make_agent
from terminal_gym.agents.llm_client import Prices
from terminal_gym.bundle.registry import list_bundles
from terminal_gym.errors import UserError
from terminal_gym.sandbox import get_backend
from terminal_gym_generator.costs import Costs
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.engine import Engine, Maker
from terminal_gym_generator.llm.asking import Patience
from terminal_gym_generator.llm.calls import Caller, Endpoint, Limits, Message
from terminal_gym_generator.llm.difficulty import DifficultyFilter
from terminal_gym_generator.llm.drafting import DraftStream, Way, chat_prompt, completion_prompt
from terminal_gym_generator.llm.engine import ModelEngine
from terminal_gym_generator.llm.estimate import ADMITTED, estimate
from terminal_gym_generator.llm.hands import hands
from terminal_gym_generator.llm.ledger import costs_of
from terminal_gym_generator.llm.novelty import Novelty
from terminal_gym_generator.llm.prompts import Prompts
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.outcome import Outcome
from terminal_gym_generator.pipeline import DraftSource

CALLS = "_calls"
_SHOWN_PROMPTS = 2


class ModelOptions(BaseModel):
    """What the command line says of the model engine."""

    model_config = ConfigDict(frozen=True)

    model: str
    base_url: str | None = None
    budget_usd: float | None = Field(default=None, gt=0)
    budget_tokens: int | None = Field(default=None, gt=0)
    budget_hours: float | None = Field(default=None, gt=0)
    prices: tuple[float, float] | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    max_tokens: int | None = None
    concurrency: int = Field(default=8, ge=1)
    rounds: int = Field(default=4, ge=0)
    turns: int = Field(default=30, ge=2)
    history_chars: int = Field(default=200_000, ge=10_000)
    drafts: Way = "chat"
    prompts: Path | None = None
    solver: str | None = None
    solver_url: str | None = None
    attempts: int = Field(default=4, ge=1)
    band: tuple[float, float] = (0.0, 1.0)

    def endpoint(self) -> Endpoint:
        """The model that writes."""
        return Endpoint(
            model=self.model,
            base_url=self.base_url,
            parameters=self.parameters,
            max_tokens=self.max_tokens,
            prices=Prices(*self.prices) if self.prices else None,
            concurrency=self.concurrency,
        )

    def limits(self) -> Limits:
        """What may be spent."""
        hours = self.budget_hours
        return Limits(
            tokens=self.budget_tokens,
            usd=self.budget_usd,
            wall_s=None if hours is None else hours * 3600,
        )

    @property
    def limited(self) -> bool:
        """Whether anything ends the run before it is full."""
        return any((self.budget_usd, self.budget_tokens, self.budget_hours))

    def settings(self, prompts: Prompts) -> dict[str, str]:
        """What the bundles depend on; what may be changed when a run goes on is left out."""
        return {
            "model": self.model,
            "parameters": json.dumps(self.parameters, sort_keys=True),
            "max_tokens": str(self.max_tokens),
            "prompts": prompts.digest(),
            "rounds": str(self.rounds),
            "turns": str(self.turns),
            "history_chars": str(self.history_chars),
            "drafts": self.drafts,
            **({"solver": f"{self.solver} {self.attempts} {self.band}"} if self.solver else {}),
        }


class ModelRun:
    """What a run with a model needs besides the pipeline.

    Args:
        options: From the command line.
        specs: The domains, by name.
        out: The run's folder.
        seed: The run's.
        backend: Where sandboxes come from.
        jobs: Sandboxes that work at a time; drafts wait for a model most of the time.
        thorough: Try all cheats.
        public: Texts of public tasks, which drafts must be unlike, too.
    """

    def __init__(
        self,
        options: ModelOptions,
        specs: Mapping[str, DomainSpec],
        out: Path,
        *,
        seed: int,
        backend: str,
        jobs: int,
        thorough: bool = False,
        public: Sequence[str] = (),
    ) -> None:
        prompts = Prompts(options.prompts)
        made = get_backend(backend)
        self._filter = _difficulty(options, out, backend, self._left_usd)
        self._caller = Caller(options.endpoint(), out / CALLS, options.limits())
        self._budget_usd = options.budget_usd
        self.settings = options.settings(prompts)
        self.jobs = max(jobs, options.concurrency)
        place = Workplace(made, jobs)
        self.engine: Engine | Maker = ModelEngine(
            specs,
            self._caller,
            prompts,
            place,
            out,
            rounds=options.rounds,
            patience=Patience(turns=options.turns, characters=options.history_chars),
            thorough=thorough,
            difficulty=self._filter,
        )
        novelty = Novelty(
            [*_known(out), *((f"public text {at}", t) for at, t in enumerate(public))]
        )
        self.source: DraftSource = lambda spec: DraftStream(
            spec, seed, self._caller, prompts, novelty, options.drafts
        )

    def costs(self, outcomes: Sequence[Outcome]) -> Costs:
        """What the run has cost, those that it continues included."""
        solver = self._filter.costs() if self._filter else None
        return costs_of(self._caller.entries, [one.draft.id for one in outcomes], solver)

    def spent(self) -> str:
        """What the run has cost so far, in a few words."""
        cost = self._caller.spent
        return f"${cost.usd:.2f}" if cost.usd else f"{cost.tokens:,} tokens"

    def close(self) -> None:
        """Let go of the folder. Idempotent."""
        self._caller.close()

    def _left_usd(self) -> float:
        solver = sum(self._filter.costs().values()) if self._filter else 0.0
        limit = float("inf") if self._budget_usd is None else self._budget_usd
        return limit - self._caller.spent.usd - solver


def print_dry_run(
    options: ModelOptions,
    specs: Mapping[str, DomainSpec],
    *,
    seed: int,
    count: int,
    console: Console,
) -> None:
    """Print the first prompts and what the run may cost; asks nobody."""
    prompts = Prompts(options.prompts)
    people, places = prompts.entries("personas.txt"), prompts.entries("settings.txt")
    spec = next(iter(specs.values()))
    for hand in islice(hands(spec, seed, people, places), _SHOWN_PROMPTS):
        console.rule(f"draft {hand.number + 1} of {spec.name}")
        if options.drafts == "completion":
            console.print(Text(completion_prompt(prompts, spec, hand)))
        else:
            _print_chat(chat_prompt(prompts, spec, hand), console)
    guess = estimate(prompts, count)
    console.rule("estimate")
    money = f", ${guess.usd(Prices(*options.prices)):.2f}" if options.prices else ""
    console.print(
        Text(
            f"{count} tasks, if {ADMITTED:.0%} of the drafts are admitted: {guess.drafts} drafts, "
            f"about {guess.calls:,} calls, {guess.prompt_tokens / 1e6:.1f} million tokens read and "
            f"{guess.completion_tokens / 1e6:.1f} million written{money}. A guess from prompts' "
            "lengths and usual replies; what a server reads from its cache costs less."
        )
    )


def _print_chat(messages: Sequence[Message], console: Console) -> None:
    for message in messages:
        console.print(Text(f"[{message.role}]", style="bold"))
        console.print(Text(message.content))


def _known(out: Path) -> list[tuple[str, str]]:
    """Instructions of the tasks there are, but for those that this very run has made."""
    inside = out.resolve()
    found = []
    for name, path in list_bundles():
        if path.resolve().is_relative_to(inside):
            continue
        try:
            text = (path / "instruction.md").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found.append((name, text))
    return found


def _difficulty(
    options: ModelOptions, out: Path, backend: str, left_usd: Callable[[], float]
) -> DifficultyFilter | None:
    if options.solver is None:
        return None
    low, high = options.band
    if not 0 <= low <= high <= 1:
        raise UserError(
            f"no band from {low:g} to {high:g}", remedy="give LOW:HIGH, such as 0.1:0.9"
        )
    settings = {"model": options.solver, "base_url": options.solver_url or options.base_url}
    return DifficultyFilter(
        solver=options.solver,
        make_agent=partial(make_agent, "llm", **settings),
        attempts=options.attempts,
        band=options.band,
        backend=backend,
        out=out,
        left_usd=left_usd,
    )
