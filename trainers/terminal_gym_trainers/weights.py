"""The round weights of DMPO, without PyTorch: for tables, defaults and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median


def phi(t: int, rounds: int, gamma: float) -> float:
    """Weight of round `t` (from 0) of a trajectory of `rounds` rounds.

    γ^t (1-γ^(T-t)) / (1-γ^T); (T-t)/T at γ = 1; the first round alone at γ = 0.
    """
    if gamma == 0.0:
        return float(t == 0)
    if gamma == 1.0:
        return (rounds - t) / rounds
    log = math.log(gamma)
    # expm1 keeps what `1 - γ^T` loses when γ is close to 1.
    return math.exp(t * log) * math.expm1((rounds - t) * log) / math.expm1(rounds * log)


def share_of_first(first: int, rounds: int, gamma: float) -> float:
    """The part of all weight that lies on the first `first` rounds."""
    weights = [phi(t, rounds, gamma) for t in range(rounds)]
    return sum(weights[:first]) / sum(weights)


def weight_table(
    lengths: Sequence[int],
    gammas: Sequence[float] = (0.5, 0.7, 0.9, 0.99, 1.0),
    firsts: Sequence[int] = (1, 3, 5, 10),
) -> list[tuple[float, list[float]]]:
    """For each γ, the share of weight on the first rounds at the median length of `lengths`."""
    rounds = max(1, round(median(lengths)))
    return [(gamma, [share_of_first(n, rounds, gamma) for n in firsts]) for gamma in gammas]
