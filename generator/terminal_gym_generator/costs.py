"""What a run has cost: calls, tokens and dollars, in all and by draft."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field


class Cost(BaseModel):
    """Of one draft, or of many."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    tokens: int = 0
    usd: float | None = Field(default=None, description="None: nobody says what a token costs")

    def __add__(self, other: Cost) -> Cost:
        dollars = [one.usd for one in (self, other) if one.usd is not None]
        return Cost(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            usd=sum(dollars) if dollars else None,
        )

    def told(self) -> str:
        """In words."""
        money = "" if self.usd is None else f"${self.usd:.2f}, "
        return f"{money}{self.tokens:,} tokens, {self.calls:,} calls"


class Costs(BaseModel):
    """Of a run, those that it continues included."""

    model_config = ConfigDict(frozen=True)

    drafts: Mapping[str, Cost] = Field(default_factory=dict, description="by the draft's id")

    @property
    def total(self) -> Cost:
        """Of all drafts."""
        return sum(self.drafts.values(), Cost())

    def told(self) -> str:
        """The total, in words."""
        return self.total.told()

    def each(self, number: int) -> str:
        """The total by a number of tasks, in words."""
        total = self.total
        money = "" if total.usd is None else f"${total.usd / number:.4f}, "
        return f"{money}{total.tokens // number:,} tokens"
