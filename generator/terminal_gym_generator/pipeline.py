"""From domains and a seed to a folder of admitted bundles.

Drafts are taken from each domain's stream in order; their stages and gates run in parallel. What is
refused is replaced by the stream's next draft, so that the same plan always ends with the same
bundles, however the threads ran and however often the run was killed.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore
from typing import Protocol, runtime_checkable

from terminal_gym.errors import Fault, UserError
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import Backend
from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.engine import Engine, Made, Maker, make_record
from terminal_gym_generator.gates import Neighbours, Remaker, digest_of, run_gates, try_gate
from terminal_gym_generator.outcome import Outcome, Store
from terminal_gym_generator.plan import Plan, claim
from terminal_gym_generator.records import Draft, GateResult, TaskRecord

_GO_ON = "run the same command again: it goes on where it was"
_MOST_DRAFTS = 6
"""For each bundle that is wanted; then something is wrong with the families."""

DraftSource = Callable[[DomainSpec], Iterator[Draft]]


@runtime_checkable
class Batched(Protocol):
    """A domain's drafts that are better asked for many at a time, since each takes a while."""

    def take(self, number: int) -> list[Draft]:
        """The next drafts, as many as one by one."""


class Unfinished(UserError):  # noqa: N818 - it says what the run is
    """The run ended before the plan was filled; what there is stays, and the run can go on.

    Args:
        message: Why.
        outcomes: The drafts that are decided, in a fixed order.
        remedy: How to go on.
    """

    def __init__(self, message: str, *, outcomes: Sequence[Outcome], remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.outcomes = list(outcomes)


class Listener(Protocol):
    """Hears what happens, from any thread."""

    def gate(self, draft: Draft, result: GateResult) -> None:
        """A gate has been tried."""

    def outcome(self, outcome: Outcome, *, resumed: bool) -> None:
        """A draft is admitted or refused; `resumed` if an earlier run found that out."""


def generate(
    plan: Plan,
    out: Path,
    engine: Engine | Maker,
    source: DraftSource,
    listener: Listener,
    *,
    backend: str = "auto",
    jobs: int = 0,
    public: Iterable[str] = (),
) -> list[Outcome]:
    """Fill `out` as planned; continues what a killed run of the same plan began.

    Args:
        plan: What is wanted.
        out: The folder; see `outcome.py` for what comes into it.
        engine: What drives drafts through the stages.
        source: Gives a domain's drafts, the same ones each time.
        listener: Hears of progress.
        backend: Where the gates' sandboxes come from.
        jobs: Bundles at a time; 0: `default_jobs`.
        public: Instruction texts of public benchmarks to keep away from.

    Returns:
        Every draft's outcome, admitted or not, in a fixed order.

    Raises:
        UserError: The folder holds another plan's bundles.
        Unfinished: A domain's drafts keep failing, a limit is reached, the model's server or a
            sandbox failed, or the user interrupted; with the outcomes so far.
    """
    claim(plan, out, engine.name)
    workers = jobs or default_jobs()
    run = _Run(plan, out, engine, listener, get_backend(backend), workers, list(public))
    try:
        return run.all(source)
    finally:
        run.close()


def default_jobs() -> int:
    """Three bundles for each core: a gate waits for a fifth of one, or for its sandboxes."""
    return 3 * len(os.sched_getaffinity(0))


class _Run:
    """One run over a plan."""

    def __init__(
        self,
        plan: Plan,
        out: Path,
        engine: Engine | Maker,
        listener: Listener,
        backend: Backend,
        jobs: int,
        public: list[str],
    ) -> None:
        self._plan = plan
        self._engine = engine
        self._listener = listener
        self._backend = backend
        self._jobs = jobs
        self._store = Store(out)
        self._neighbours = Neighbours(public)
        self._remaker = Remaker()
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="generate")
        self._waiting = BoundedSemaphore(3 * jobs)  # records wait in memory for their gates

    def all(self, source: DraftSource) -> list[Outcome]:
        """Waves of drafts, each exactly as long as what is still missing."""
        streams = {spec.name: source(spec) for spec in self._plan.domains}
        missing = self._plan.quotas()
        left = {name: _MOST_DRAFTS * quota + 20 for name, quota in missing.items()}
        outcomes: list[Outcome] = []
        try:
            while any(missing.values()):
                wave: list[Draft] = []
                for name, number in missing.items():
                    wave += _take(streams[name], min(number, left[name]))
                    left[name] -= number
                self._wave(wave, outcomes)
                missing = self._missing(outcomes)
                _must_go_on(missing, left, outcomes)
        except KeyboardInterrupt as error:
            self._stop()
            raise Unfinished("interrupted", outcomes=outcomes, remedy=_GO_ON) from error
        except Unfinished:
            raise
        except (UserError, Fault) as error:
            remedy = "; ".join(filter(None, (error.remedy, _GO_ON)))
            raise Unfinished(error.message, outcomes=outcomes, remedy=remedy) from error
        return outcomes

    def _missing(self, outcomes: list[Outcome]) -> dict[str, int]:
        admitted = Counter(one.draft.domain for one in outcomes if one.admitted)
        return {name: quota - admitted[name] for name, quota in self._plan.quotas().items()}

    def _wave(self, wave: list[Draft], outcomes: list[Outcome]) -> None:
        """Add the drafts' outcomes, in order; those that are decided even where the run must end.

        Raises:
            UserError, Fault: The engine says that the run must end.
        """
        futures: list[Future[Outcome]] = []
        ends: list[Exception] = []
        try:
            for draft, made in self._made(wave, ends):
                self._waiting.acquire()
                distance = self._distance(made.record)
                futures.append(self._pool.submit(self._judge, draft, made, distance))
                futures[-1].add_done_callback(lambda _: self._waiting.release())
        finally:
            outcomes += [future.result() for future in futures]
        if ends:
            raise ends[0]

    def _made(self, wave: list[Draft], ends: list[Exception]) -> Iterator[tuple[Draft, Made]]:
        """What the drafts become, in order, made a few ahead.

        Args:
            wave: The drafts.
            ends: Takes the errors that end the run; their drafts are left undecided, and no more
                are begun.
        """
        waiting, pending = iter(wave), deque[tuple[Draft, Future[Made]]]()
        while True:
            room = 0 if ends else self._jobs + 1 - len(pending)
            pending += [(one, self._pool.submit(self._make, one)) for one in islice(waiting, room)]
            if not pending:
                return
            draft, future = pending.popleft()
            try:
                yield draft, future.result()
            except (UserError, Fault) as error:
                ends.append(error)
                if isinstance(error, Fault):
                    self._stop()

    def _make(self, draft: Draft) -> Made:
        engine = self._engine
        try:
            if isinstance(engine, Maker):
                return engine.make(draft, lambda result: self._listener.gate(draft, result))
            return Made(make_record(engine, draft))
        except Exception as error:  # a family's mistake costs its draft, not the run
            if isinstance(engine, Maker) and isinstance(error, UserError | Fault):
                raise
            return Made(TaskRecord(draft=draft, failure=f"{type(error).__name__}: {error}"))

    def _distance(self, record: TaskRecord) -> GateResult | None:
        """In the drafts' order, whatever comes of them later."""
        if record.failure:
            return None
        return try_gate("distance", lambda: self._neighbours.admit(record))

    def _judge(self, draft: Draft, made: Made, distance: GateResult | None) -> Outcome:
        """One draft's outcome; in a thread of the pool."""
        record = made.record
        if distance is None:
            return self._refuse(Outcome(draft=draft, failure=record.failure), record)
        digest = digest_of(record)
        known = self._store.find(draft, digest)
        if known is not None and _same(known, distance):
            self._listener.outcome(known, resumed=True)
            return known
        self._listener.gate(draft, distance)
        horizon = len(record.solution.commands) if record.solution else 0
        outcome = Outcome(draft=draft, digest=digest, horizon=horizon, gates=[distance])
        if not distance.ok:
            return self._refuse(outcome, record)
        bundle = write_bundle(record, self._store.work)
        gates = self._gates(record, bundle) if made.gates is None else made.gates
        outcome = outcome.model_copy(update={"gates": [distance, *gates]})
        self._store.keep(outcome, record.model_copy(update={"gates": outcome.gates}), bundle)
        self._listener.outcome(outcome, resumed=False)
        return outcome

    def _gates(self, record: TaskRecord, bundle: Path) -> list[GateResult]:
        return run_gates(
            record,
            bundle,
            self._backend,
            remaker=self._remaker,
            thorough=self._plan.thorough,
            listener=lambda result: self._listener.gate(record.draft, result),
        )

    def _stop(self) -> None:
        if isinstance(self._engine, Maker):
            self._engine.stop()

    def _refuse(self, outcome: Outcome, record: TaskRecord) -> Outcome:
        self._store.keep(outcome, record, None)
        self._listener.outcome(outcome, resumed=False)
        return outcome

    def close(self) -> None:
        """Wait for what runs, drop what waits."""
        self._pool.shutdown(cancel_futures=True)
        self._remaker.close()
        self._store.close()


def _take(stream: Iterator[Draft], number: int) -> list[Draft]:
    return stream.take(number) if isinstance(stream, Batched) else list(islice(stream, number))


def _same(known: Outcome, distance: GateResult) -> bool:
    """Whether an earlier run compared a bundle with the same others (its time is not kept)."""
    first = known.gates[0] if known.gates else None
    return first is not None and (first.ok, first.detail) == (distance.ok, distance.detail)


def _must_go_on(missing: dict[str, int], left: dict[str, int], outcomes: list[Outcome]) -> None:
    """Raise where a domain's drafts keep failing."""
    for name, number in missing.items():
        if number > 0 and left[name] <= 0:
            reasons = Counter(
                f"{one.fell_at}: {one.reason[:80]}"
                for one in outcomes
                if one.draft.domain == name and not one.admitted
            )
            common = "; ".join(reason for reason, _ in reasons.most_common(3))
            raise Unfinished(
                f"domain {name!r}: {number} bundles are missing after {len(outcomes)} drafts",
                outcomes=outcomes,
                remedy=f"ask for fewer, or mend what refuses them: {common}",
            )
