"""What a run may still spend: asked before a call with an estimate, told afterwards the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from terminal_gym_generator.llm.calls.errors import BudgetSpent
from terminal_gym_generator.llm.calls.settings import Limits


@dataclass(frozen=True)
class Cost:
    """Of one call, or of many."""

    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.tokens - other.tokens, self.usd - other.usd)


class Budget:
    """Limits, what is spent of them, and what calls under way may yet cost.

    Args:
        limits: Of tokens, dollars and time.
        spent: By the runs that this one continues.
        wall_s: Gives the time spent so far, by all runs.
    """

    def __init__(self, limits: Limits, spent: Cost, wall_s: Callable[[], float]) -> None:
        self._limits = limits
        self._wall_s = wall_s
        self._change = Condition()
        self._spent = spent
        self._reserved = Cost()
        self._under_way = 0

    @property
    def spent(self) -> Cost:
        """In all, earlier runs included."""
        with self._change:
            return self._spent

    @contextmanager
    def call(self, estimate: Cost) -> Iterator[None]:
        """Around a call. Where what is left does not cover it, calls under way are waited for:
        they may turn out to cost less than was set aside for them.

        Raises:
            BudgetSpent: What is left does not cover it.
        """
        with self._change:
            while reason := self._exceeded(self._spent + self._reserved + estimate):
                if self._under_way == 0 or self._exceeded(self._spent + estimate):
                    raise BudgetSpent(
                        reason, remedy="raise the limit and run again: nothing is paid twice"
                    )
                self._change.wait()
            self._reserved += estimate
            self._under_way += 1
        try:
            yield
        finally:
            with self._change:
                self._reserved -= estimate
                self._under_way -= 1
                self._change.notify_all()

    def pay(self, cost: Cost) -> None:
        """What a call did cost."""
        with self._change:
            self._spent += cost

    def _exceeded(self, cost: Cost) -> str:
        """Why `cost` is too much in all; "" where it is not."""
        tokens, usd, wall_s = self._limits.tokens, self._limits.usd, self._limits.wall_s
        if tokens is not None and cost.tokens > tokens:
            return f"the limit of {tokens:,} tokens: {self._spent.tokens:,} are spent"
        if usd is not None and cost.usd > usd:
            return f"the limit of ${usd:g}: ${self._spent.usd:.4f} are spent"
        if wall_s is not None and self._wall_s() > wall_s:
            return f"the limit of {wall_s:g} s is reached"
        return ""
