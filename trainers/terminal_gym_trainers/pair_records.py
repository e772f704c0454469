"""Preference pairs as records: what a line of a pairs file holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from terminal_gym.episodes import Episode
from terminal_gym.errors import RecordingError, UserError

Strategy = Literal["all", "best-vs-worst", "first", "same-prefix"]
Balance = Literal["none", "task", "domain"]


class PreferencePair(BaseModel):
    """Two episodes of one task instance, the first with the higher verified reward."""

    model_config = ConfigDict(frozen=True)

    bundle: str
    bundle_digest: str
    domain: str
    strategy: Strategy
    shared_rounds: int = Field(
        default=0, ge=0, description="rounds both have in common: context of the loss, not its sum"
    )
    winner: Episode
    loser: Episode

    @property
    def margin(self) -> float:
        """By how much the winner's reward is higher."""
        return (self.winner.extra.reward or 0.0) - (self.loser.extra.reward or 0.0)

    @model_validator(mode="after")
    def _winner_wins(self) -> PreferencePair:
        for side, episode in (("winner", self.winner), ("loser", self.loser)):
            if episode.extra.reward is None or not episode.extra.valid:
                raise ValueError(f"the {side} has no valid reward")
            if len(episode.rounds) <= self.shared_rounds:
                raise ValueError(f"the {side} has no round of its own")
        if self.margin <= 0:
            raise ValueError("the winner's reward is not above the loser's")
        return self


class PairOptions(BaseModel):
    """How pairs are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Strategy = "all"
    margin: float = Field(default=0.05, gt=0, le=1, description="least difference of rewards")
    min_winner: float = Field(default=0.0, ge=0, le=1, description="least reward of a winner")
    finished: bool = Field(
        default=False,
        description="leave out episodes that ran out of steps: how long they are was not the "
        "agent's choice, and the loss weighs a round by how many there are",
    )
    winner_agents: tuple[str, ...] = Field(default=(), description="agents' names; empty: all")
    loser_agents: tuple[str, ...] = ()
    min_shared: int = Field(default=1, ge=1, description="rounds in common, for same-prefix")
    per_episode: int | None = Field(default=None, ge=1, description="pairs one episode may be in")
    per_task: int | None = Field(default=None, ge=1)
    per_domain: int | None = Field(default=None, ge=1)
    total: int | None = Field(default=None, ge=1)
    balance: Balance = "none"
    dedup: bool = True
    seed: int = 0


class PairSummary(BaseModel):
    """What was made, and what was dropped and why."""

    model_config = ConfigDict(frozen=True)

    episodes: int
    refused: dict[str, int] = Field(description="episodes that make no pair at all, by reason")
    tasks: int
    tasks_without_pair: dict[str, int]
    candidates: int = Field(description="pairs the strategy gave")
    dropped: dict[str, int] = Field(description="pairs left out again, by reason")
    pairs: int
    per_domain: dict[str, int]
    per_task: dict[str, int]
    mean_margin: float | None
    winner_rounds: list[int]
    loser_rounds: list[int]


def write_pairs(pairs: Iterable[PreferencePair], path: str | Path) -> int:
    """Write pairs as JSON lines; how many. A file at `path` is replaced once all is written."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    written = 0
    try:
        with partial.open("w", encoding="utf-8", errors="replace") as file:
            for pair in pairs:
                line = json.dumps(pair.model_dump(exclude_none=True), ensure_ascii=False)
                file.write(line + "\n")
                written += 1
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def read_pairs(path: str | Path) -> Iterator[PreferencePair]:
    """The pairs of a file, one at a time.

    Raises:
        UserError: The file cannot be read.
        RecordingError: A line is no pair; the message names file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"{path}: is not a file", remedy="name a file that `terminal-gym pairs` wrote"
        )
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.isspace():
                yield _parse(line, f"{path}:{number}")


def _parse(line: bytes, where: str) -> PreferencePair:
    try:
        return PreferencePair.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecordingError(
            f"{where}: no preference pair: {key + ': ' if key else ''}{first['msg']}",
            remedy="make the file with `terminal-gym pairs`",
        ) from error
