"""The difficulty filter: a model tries finished tasks, and those too easy or too hard are dropped.

Attempts are recorded like any episodes, in `_attempts/<draft>.jsonl`; what each one earned is
evidence, so that a run that goes on does not try again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from terminal_gym.agents import Agent
from terminal_gym.episodes import EpisodeWriter
from terminal_gym.errors import Fault, UserError
from terminal_gym.evaluation import EpisodeResult
from terminal_gym.evaluation.runner import Job, episode_seed, run_jobs
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.gates import digest_of
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.records import GateResult, TaskRecord

GATE = "difficulty"
ATTEMPTS = "_attempts"


@dataclass
class DifficultyFilter:
    """Thread-safe.

    Attributes:
        solver: The model's name, for the record.
        make_agent: Makes one agent for each attempt.
        attempts: At each task.
        band: The least and the most share of attempts that may succeed, both included.
        backend: Where sandboxes come from.
        out: The run's folder.
        left_usd: What may still be spent; None: no limit.
    """

    solver: str
    make_agent: Callable[[], Agent]
    attempts: int
    band: tuple[float, float]
    backend: str
    out: Path
    left_usd: Callable[[], float] | None = None
    _costs: dict[tuple[str, int], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def judge(self, record: TaskRecord, evidence: Evidence) -> GateResult:
        """Whether the model's pass rate lies in the band.

        Raises:
            Fault: An attempt has no verdict.
            UserError: The limit is reached.
        """
        numbers = range(self.attempts)
        missing = [n for n in numbers if evidence.known("attempt", *self._key(record, n)) is None]
        if missing:
            self._try(record, evidence, missing)
        rewards = []
        for number in numbers:
            found = json.loads(evidence.known("attempt", *self._key(record, number)) or "{}")
            rewards.append(found["reward"])
            self._pay(record.draft.id, number, found["cost_usd"])
        solved = sum(reward >= 1 for reward in rewards)
        low, high = self.band
        ok = low <= solved / self.attempts <= high
        detail = f"{solved} of {self.attempts} attempts of {self.solver} solve it"
        wanted = "" if ok else f"; {low:.0%} to {high:.0%} are wanted"
        return GateResult(gate=GATE, ok=ok, detail=detail + wanted)

    def costs(self) -> dict[str, float]:
        """Dollars by draft, as far as the solver's server states them."""
        found: dict[str, float] = {}
        with self._lock:
            for (task, _), usd in self._costs.items():
                found[task] = found.get(task, 0.0) + usd
        return found

    def _key(self, record: TaskRecord, number: int) -> tuple[str, ...]:
        return (digest_of(record), self.solver, str(number))

    def _pay(self, task: str, number: int, cost: float | None) -> None:
        with self._lock:
            self._costs[task, number] = cost or 0.0

    def _try(self, record: TaskRecord, evidence: Evidence, numbers: list[int]) -> None:
        if self.left_usd is not None and self.left_usd() <= 0:
            raise UserError("the limit of dollars is reached", remedy="raise it")
        path = self.out / ATTEMPTS / f"{record.draft.id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with owned_folder() as folder:
            bundle = str(write_bundle(record, folder))
            seeds = [episode_seed(0, record.draft.id, number) for number in numbers]
            jobs = [Job(bundle, n, seed) for n, seed in zip(numbers, seeds, strict=True)]
            with EpisodeWriter(path) as writer:
                results = run_jobs(
                    jobs,
                    self.make_agent,
                    writer,
                    concurrency=self.attempts,
                    env_options={"backend": self.backend},
                    on_result=lambda one: self._keep(record, evidence, one),
                )
        if lost := [one for one in results if not one.valid]:
            why = lost[0].fault.message if lost[0].fault else lost[0].end
            raise Fault(f"{record.draft.id}: an attempt of {self.solver} has no verdict: {why}")

    def _keep(self, record: TaskRecord, evidence: Evidence, result: EpisodeResult) -> None:
        if result.valid:
            value = json.dumps({"reward": result.reward, "cost_usd": result.cost_usd})
            evidence.put(value, "attempt", *self._key(record, result.attempt))
