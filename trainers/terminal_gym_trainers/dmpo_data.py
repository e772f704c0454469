"""Preference pairs as batches of tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from terminal_gym.errors import UserError
from terminal_gym_trainers.pair_records import PreferencePair
from terminal_gym_trainers.rendering import Rendered, Renderer, TooLong
from terminal_gym_trainers.seeding import rng_for


@dataclass(frozen=True)
class PairRow:
    """One pair, rendered."""

    winner: Rendered
    loser: Rendered
    domain: str
    task: str
    reference: tuple[list[float], list[float]] | None = None
    """The reference model's log-probabilities, per token of winner and loser."""


@dataclass
class RenderedPairs:
    """The pairs that fit, and what did not."""

    rows: list[PairRow]
    dropped: Counter[str] = field(default_factory=Counter)


def render_pairs(pairs: Iterable[PreferencePair], renderer: Renderer) -> RenderedPairs:
    """Render both sides of every pair; one that does not fit is dropped and counted.

    Raises:
        UserError: None is left.
    """
    result = RenderedPairs([])
    for pair in pairs:
        try:
            sides = [
                renderer.render(episode, shared_rounds=pair.shared_rounds)
                for episode in (pair.winner, pair.loser)
            ]
        except TooLong:
            result.dropped["the task and its first round do not fit"] += 1
            continue
        for side in sides:
            if side.left_out:
                result.dropped["rounds left out"] += side.left_out
        result.rows.append(PairRow(sides[0], sides[1], pair.domain, pair.bundle_digest))
    if not result.rows:
        raise UserError(
            f"no pair to train on; dropped: {dict(result.dropped) or 'none, the files are empty'}",
            remedy="raise data.max_tokens, or make pairs with `terminal-gym pairs`",
        )
    return result


def split_by_task(rows: Sequence[Any], fraction: float, seed: int) -> tuple[list[Any], list[Any]]:
    """(for training, for evaluation): whole tasks go to one side."""
    tasks = sorted({row.task for row in rows})
    if not fraction or len(tasks) < 2:
        return list(rows), []
    rng_for(seed, "split").shuffle(tasks)
    held_out = set(tasks[: min(len(tasks) - 1, max(1, round(fraction * len(tasks))))])
    return (
        [row for row in rows if row.task not in held_out],
        [row for row in rows if row.task in held_out],
    )


class PairCollator:
    """Pads B pairs to one batch of 2B rows: the winners, then the losers.

    Args:
        pad_id: Fills up; masked out everywhere.
        domains: All domains, so that a batch can say which ones it holds by number.
    """

    def __init__(self, pad_id: int, domains: Sequence[str] = ()) -> None:
        self._pad_id = pad_id
        self._domains = list(domains)

    def __call__(self, rows: Sequence[PairRow]) -> dict[str, torch.Tensor]:
        """One batch."""
        sides = [row.winner for row in rows] + [row.loser for row in rows]
        batch = {
            "input_ids": _padded([side.token_ids for side in sides], self._pad_id),
            "attention_mask": _padded([[1] * len(side.token_ids) for side in sides], 0),
            "rounds": _padded([side.rounds for side in sides], -1),
            "n_rounds": torch.tensor([side.n_rounds for side in sides]),
        }
        if self._domains:
            batch["domain"] = torch.tensor([self._domains.index(row.domain) for row in rows])
        if rows[0].reference is not None:
            given = [row.reference[i] for i in (0, 1) for row in rows if row.reference]
            batch["reference"] = _padded(given, 0.0)
        return batch


def _padded(rows: Sequence[Sequence[Any]], fill: Any) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])
