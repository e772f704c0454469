"""Preference losses over whole trajectories, as pure functions of per-token log-probabilities.

The loss of direct multi-turn preference optimisation (Shi et al. 2024, arXiv 2406.14868). For a
pair of trajectories w and l of the same task, rounds t = 0..T-1 of agent tokens:

    L = -log σ( r_w - r_l ),   r = β Σ_t φ(t,T) [ log π(a_t|s_t) - log π_ref(a_t|s_t) ]
    φ(t,T) = γ^t (1 - γ^(T-t)) / (1 - γ^T),   and (T-t)/T at γ = 1

log π(a_t|s_t) is the sum over the tokens of round t, its ending token included; T is each
trajectory's own number of rounds. The observations' tokens are in no round and count nowhere.
γ → 0 keeps the first round only; with one round, and with all φ = 1, it is DPO.

Shapes: B pairs, L tokens. To add a loss, write a function of the form of `TokenWeights` and add a
row to `VARIANTS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from terminal_gym.errors import UserError

TokenWeights = Callable[[Tensor, Tensor, float], Tensor]
"""(rounds [B, L], number of rounds [B, 1], γ) -> the weight of each token [B, L]."""


@dataclass(frozen=True)
class Trajectories:
    """One side of B pairs."""

    policy: Tensor
    """[B, L]: log π of each token given all before it."""
    reference: Tensor
    """[B, L]: the same of the reference model; needs no gradient."""
    rounds: Tensor
    """[B, L]: the round, from 0, of each token of the agent's; -1 for all other tokens."""
    n_rounds: Tensor | None = None
    """[B]: T, where truncation left rounds out; else it is the last round's number plus one."""


@dataclass(frozen=True)
class PreferenceLoss:
    """A loss, and what it is made of."""

    loss: Tensor
    """The mean over pairs, with its gradient."""
    winner_reward: Tensor
    """[B]: r_w, without gradient."""
    loser_reward: Tensor
    """[B]: r_l, without gradient."""
    nll: Tensor
    """Mean negative log-probability of the winners' agent tokens, without gradient."""


@dataclass(frozen=True)
class Variant:
    """A row of the table of losses."""

    weights: TokenWeights
    sft: float = 0.0
    """Weight of the winner's mean negative log-probability, unless the caller says another."""


def dmpo_loss(
    winner: Trajectories,
    loser: Trajectories,
    *,
    beta: float = 0.1,
    gamma: float = 0.7,
    variant: str = "dmpo",
    sft_weight: float | None = None,
) -> PreferenceLoss:
    """The loss of a batch of pairs; winner and loser may differ in L.

    Args:
        winner: The preferred trajectories.
        loser: The others, row by row of the same tasks.
        beta: How strongly the policy is held to the reference.
        gamma: 0 to 1; smaller weighs the first rounds more.
        variant: A name in `VARIANTS`.
        sft_weight: Of the winner's mean negative log-probability; None takes the variant's own.

    Raises:
        UserError: There is no such variant, or γ is not in [0, 1].
    """
    chosen = get_variant(variant)
    if not 0.0 <= gamma <= 1.0:
        raise UserError(f"gamma {gamma} is out of range", remedy="use a number from 0 to 1")
    winner_reward = beta * weighted_log_ratio(winner, chosen.weights, gamma)
    loser_reward = beta * weighted_log_ratio(loser, chosen.weights, gamma)
    # logsigmoid, since log(sigmoid(x)) is -inf from x = -104 on in float32.
    loss = -F.logsigmoid(winner_reward - loser_reward).mean()
    nll = _mean_nll(winner)
    weight = chosen.sft if sft_weight is None else sft_weight
    if weight:
        loss = loss + weight * nll
    return PreferenceLoss(loss, winner_reward.detach(), loser_reward.detach(), nll.detach())


def weighted_log_ratio(side: Trajectories, weights: TokenWeights, gamma: float) -> Tensor:
    """[B]: Σ over the agent's tokens of weight · (log π - log π_ref), in float32 at least."""
    mask = side.rounds >= 0
    # Both are masked before they meet: what stands at other tokens may be inf or NaN.
    ratio = _masked(side.policy, mask) - _masked(side.reference, mask)
    n_rounds = side.n_rounds if side.n_rounds is not None else side.rounds.amax(dim=1) + 1
    each = weights(side.rounds, n_rounds.clamp(min=1).unsqueeze(1), gamma).to(ratio.dtype)
    return (torch.where(mask, each, 0.0) * ratio).sum(dim=1)


def round_phi(rounds: Tensor, n_rounds: Tensor, gamma: float) -> Tensor:
    """φ(t, T) of each token's round; anything finite where `rounds` is -1."""
    t = rounds.clamp(min=0).double()
    total = n_rounds.double()
    if gamma == 0.0:
        return (rounds == 0).double()
    if gamma == 1.0:
        return (total - t) / total
    log = math.log(gamma)
    # expm1 keeps what 1 - γ^T loses when γ is close to 1.
    return torch.exp(t * log) * torch.expm1((total - t) * log) / torch.expm1(total * log)


def uniform(rounds: Tensor, n_rounds: Tensor, gamma: float) -> Tensor:
    """Every token of the agent's counts alike: DPO over all rounds."""
    return torch.ones_like(rounds, dtype=torch.float64)


def round_phi_mean(rounds: Tensor, n_rounds: Tensor, gamma: float) -> Tensor:
    """φ over the round's number of tokens: a round counts by φ alone, however long it is."""
    tokens = rounds.clamp(min=0)
    counts = torch.zeros(
        rounds.shape[0], int(tokens.amax()) + 1, dtype=torch.float64, device=rounds.device
    )
    counts.scatter_add_(1, tokens, (rounds >= 0).double())
    return round_phi(rounds, n_rounds, gamma) / counts.gather(1, tokens).clamp(min=1)


def uniform_mean(rounds: Tensor, n_rounds: Tensor, gamma: float) -> Tensor:
    """One over the trajectory's number of agent tokens: length-normalised DPO."""
    counts = (rounds >= 0).sum(dim=1, keepdim=True).clamp(min=1).double()
    return (1.0 / counts).expand(rounds.shape)


VARIANTS: dict[str, Variant] = {
    "dmpo": Variant(round_phi),
    "dpo": Variant(uniform),
    "dmpo-mean": Variant(round_phi_mean),
    "dpo-mean": Variant(uniform_mean),
    "dmpo-sft": Variant(round_phi, sft=1.0),
    "dpo-sft": Variant(uniform, sft=1.0),
}


def get_variant(name: str) -> Variant:
    """The row of that name.

    Raises:
        UserError: There is none.
    """
    if name not in VARIANTS:
        raise UserError(f"no loss {name!r}", remedy=f"choose one of {', '.join(VARIANTS)}")
    return VARIANTS[name]


def log_ratio_kl(side: Trajectories) -> Tensor:
    """Mean per agent token of e^d - 1 - d, d = log π - log π_ref: an estimate of KL(π_ref ‖ π).

    Without bias where the reference model sampled the tokens, and never negative.
    """
    mask = side.rounds >= 0
    ratio = (_masked(side.policy, mask) - _masked(side.reference, mask)).detach()
    return (torch.expm1(ratio) - ratio).sum() / mask.sum().clamp(min=1)


def _mean_nll(side: Trajectories) -> Tensor:
    mask = side.rounds >= 0
    return -_masked(side.policy, mask).sum() / mask.sum().clamp(min=1)


def _masked(values: Tensor, mask: Tensor) -> Tensor:
    """`values` where `mask`, else 0, without a gradient there; in float32 at least."""
    exact = values if values.dtype == torch.float64 else values.float()
    return torch.where(mask, exact, torch.zeros_like(exact))
