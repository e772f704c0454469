"""The preference losses, against a slow reference and by their properties."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from terminal_gym_trainers.losses import (  # noqa: E402
    VARIANTS,
    Trajectories,
    dmpo_loss,
    log_ratio_kl,
)
from terminal_gym_trainers.weights import phi, share_of_first  # noqa: E402

from terminal_gym.errors import UserError  # noqa: E402

GAMMAS = (0.0, 0.1, 0.7, 0.9, 0.999999, 1.0)


def slow_reward(policy, reference, rounds, beta, gamma):
    """The formula as it is printed, one round at a time; for one trajectory."""
    total = max(rounds) + 1
    reward = 0.0
    for t in range(total):
        if gamma == 1.0:
            weight = (total - t) / total
        else:
            weight = gamma**t * (1.0 - gamma ** (total - t)) / (1.0 - gamma**total)
        mine = rounds == t
        reward += weight * beta * (policy[mine].sum() - reference[mine].sum())
    return reward


def slow_loss(winners, losers, beta, gamma):
    losses = []
    for winner, loser in zip(winners, losers, strict=True):
        margin = slow_reward(*winner, beta, gamma) - slow_reward(*loser, beta, gamma)
        losses.append(math.log1p(math.exp(-margin)) if margin > -700 else -margin)
    return float(np.mean(losses))


def trajectory(rng, n_rounds, longest=4):
    """A task, then rounds of 1..`longest` agent tokens, each with 0..3 tokens of observation."""
    rounds = [-1, -1]
    for t in range(n_rounds):
        rounds += [t] * rng.integers(1, longest + 1) + [-1] * rng.integers(0, 4)
    size = len(rounds)
    return -rng.exponential(1.0, size), -rng.exponential(1.0, size), np.array(rounds)


def batch(rows, dtype=torch.float64, junk=0.0, pad=0):
    """Rows of unequal length as one padded batch."""
    width = max(len(row[2]) for row in rows) + pad
    policy = torch.full((len(rows), width), junk, dtype=dtype)
    reference = torch.full((len(rows), width), junk, dtype=dtype)
    rounds = torch.full((len(rows), width), -1)
    for i, (p, r, t) in enumerate(rows):
        policy[i, : len(p)], reference[i, : len(r)] = torch.tensor(p), torch.tensor(r)
        rounds[i, : len(t)] = torch.tensor(t)
    return Trajectories(policy, reference, rounds)


@pytest.fixture
def rows():
    rng = np.random.default_rng(7)
    winners = [trajectory(rng, n) for n in (1, 5, 12, 3)]
    losers = [trajectory(rng, n) for n in (4, 2, 27, 3)]
    return winners, losers


@pytest.mark.parametrize("beta", [0.1, 2.0])
@pytest.mark.parametrize("gamma", GAMMAS)
def test_equals_the_slow_reference(rows, gamma, beta):
    winners, losers = rows
    got = dmpo_loss(batch(winners), batch(losers), beta=beta, gamma=gamma)
    assert got.loss.item() == pytest.approx(slow_loss(winners, losers, beta, gamma), rel=1e-9)
    for row, reward in zip(losers, got.loser_reward, strict=True):
        assert reward.item() == pytest.approx(slow_reward(*row, beta, gamma), rel=1e-8)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_one_round_is_dpo(gamma):
    rng = np.random.default_rng(1)
    winners, losers = ([trajectory(rng, 1, 9) for _ in range(3)] for _ in range(2))
    got = dmpo_loss(batch(winners), batch(losers), gamma=gamma).loss.item()
    margins = [
        0.1 * sum(s * (p - r)[t >= 0].sum() for s, (p, r, t) in ((1, winner), (-1, loser)))
        for winner, loser in zip(winners, losers, strict=True)
    ]
    assert got == pytest.approx(np.mean(np.log1p(np.exp(-np.array(margins)))), rel=1e-12)
    dpo = dmpo_loss(batch(winners), batch(losers), variant="dpo").loss.item()
    assert got == pytest.approx(dpo, rel=1e-12)


def test_gamma_to_zero_keeps_the_first_round_only(rows):
    winners, losers = rows
    first = [[(p, r, np.where(t == 0, 0, -1)) for p, r, t in side] for side in rows]
    alone = dmpo_loss(*map(batch, first), variant="dpo").loss.item()
    assert dmpo_loss(batch(winners), batch(losers), gamma=0.0).loss.item() == alone
    near = dmpo_loss(batch(winners), batch(losers), gamma=1e-9).loss.item()
    assert near == pytest.approx(alone, rel=1e-7)


def test_gamma_to_one_is_linear(rows):
    winners, losers = map(batch, rows)
    at_one = dmpo_loss(winners, losers, gamma=1.0).loss.item()
    for gap in (1e-6, 1e-9, 1e-12, 1e-15):
        near = dmpo_loss(winners, losers, gamma=1 - gap).loss.item()
        assert near == pytest.approx(at_one, rel=100 * gap + 1e-12)
    # In float32 too, where a plain 1 - γ^T is all cancellation.
    single = [batch(side, torch.float32) for side in rows]
    assert dmpo_loss(*single, gamma=1 - 1e-12).loss.item() == pytest.approx(at_one, rel=1e-5)


def test_the_first_round_counts(rows):
    """The indexing slip of the published code: it left round 0 out."""
    winners, losers = map(batch, rows)
    before = dmpo_loss(winners, losers).loss
    winners.policy[winners.rounds == 0] += 1.0
    assert dmpo_loss(winners, losers).loss < before


def test_every_token_weighs_as_its_round(rows):
    """Another slip of it: the token that ends a turn kept weight 1."""
    winners, losers = map(batch, rows)
    winners.policy.requires_grad_()
    dmpo_loss(winners, losers, gamma=0.5).loss.backward()
    for row in range(4):
        grads, rounds = winners.policy.grad[row], winners.rounds[row]
        assert torch.all(grads[rounds < 0] == 0)
        total = int(rounds.max()) + 1
        scale = grads[rounds == 0][0] / phi(0, total, 0.5)
        for t in range(total):
            expected = scale * phi(t, total, 0.5)
            torch.testing.assert_close(grads[rounds == t], expected.expand_as(grads[rounds == t]))


@pytest.mark.parametrize("variant", VARIANTS)
def test_padding_and_observations_do_not_matter(rows, variant):
    def gradient(junk, pad):
        sides = [batch(side, junk=junk, pad=pad) for side in rows]
        for side in sides:
            side.policy[side.rounds < 0] = junk
            side.reference[side.rounds < 0] = -junk
            side.policy.requires_grad_()
        loss = dmpo_loss(*sides, variant=variant).loss
        loss.backward()
        return loss.item(), [side.policy.grad[side.rounds >= 0] for side in sides]

    loss, grads = gradient(0.0, 0)
    for junk, pad in ((-77.0, 5), (math.inf, 3), (math.nan, 40)):
        other, other_grads = gradient(junk, pad)
        assert other == pytest.approx(loss, rel=1e-12)
        for one, two in zip(grads, other_grads, strict=True):
            torch.testing.assert_close(one, two)


def test_truncated_rounds_keep_their_numbers(rows):
    """With T given, what is left of a trajectory weighs as it did in the whole."""
    winners, losers = rows
    full = batch(losers)
    counted = torch.tensor([int(max(t)) + 1 for _, _, t in losers])
    keep = full.rounds < 2
    cut = Trajectories(
        full.policy, full.reference, torch.where(keep, full.rounds, -1), n_rounds=counted
    )
    got = dmpo_loss(batch(winners), cut, gamma=0.9).loser_reward
    for row, reward in zip(losers, got, strict=True):
        policy, reference, rounds = row
        total = max(rounds) + 1
        expected = sum(
            0.1 * phi(int(t), int(total), 0.9) * (p - r)
            for p, r, t in zip(policy, reference, rounds, strict=True)
            if 0 <= t < 2
        )
        assert reward.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("gamma", [0.0, 0.7, 1.0])
def test_gradients(variant, gamma):
    rng = np.random.default_rng(9)
    winners, losers = (batch([trajectory(rng, n, 2) for n in sizes]) for sizes in ((1, 3), (2, 2)))

    def loss(policy_w, policy_l):
        return dmpo_loss(
            Trajectories(policy_w, winners.reference, winners.rounds),
            Trajectories(policy_l, losers.reference, losers.rounds),
            gamma=gamma,
            variant=variant,
        ).loss

    inputs = (winners.policy.requires_grad_(), losers.policy.requires_grad_())
    assert torch.autograd.gradcheck(loss, inputs, eps=1e-6, atol=1e-8)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_200_rounds_and_32k_tokens(dtype, gamma):
    rng = np.random.default_rng(3)
    rounds = np.repeat(np.arange(200), 160)
    winner, loser = ((*(-rng.exponential(3.0, 32_000) for _ in range(2)), rounds) for _ in range(2))
    sides = [batch([row], dtype) for row in (winner, loser)]
    exact = [(s.policy[0].double().numpy(), s.reference[0].double().numpy(), rounds) for s in sides]
    for side in sides:
        side.policy.requires_grad_()
    got = dmpo_loss(*sides, gamma=gamma)
    got.loss.backward()
    expected = slow_loss([exact[0]], [exact[1]], 0.1, gamma)
    assert got.loss.item() == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert all(torch.isfinite(side.policy.grad).all() for side in sides)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_extreme_margins_stay_finite(sign):
    rounds = torch.arange(200).repeat_interleave(160).unsqueeze(0)
    low, high = torch.full((1, 32_000), -40.0), torch.full((1, 32_000), -1e-6)
    winner = Trajectories((high if sign > 0 else low).clone().requires_grad_(), low, rounds)
    loser = Trajectories(low.clone(), high if sign > 0 else low, rounds)
    got = dmpo_loss(winner, loser, beta=1.0, variant="dpo")
    got.loss.backward()
    assert torch.isfinite(got.loss) and torch.isfinite(winner.policy.grad).all()
    assert got.loss.item() == pytest.approx(0.0 if sign > 0 else math.log(2), abs=1e-6)


def test_a_worse_policy_has_a_gradient_however_far_off():
    rounds = torch.zeros(1, 4, dtype=torch.long)
    winner = Trajectories(torch.full((1, 4), -1e5).requires_grad_(), torch.zeros(1, 4), rounds)
    loser = Trajectories(torch.zeros(1, 4), torch.full((1, 4), -1e5), rounds)
    got = dmpo_loss(winner, loser, beta=1.0)
    got.loss.backward()
    assert got.loss.item() == pytest.approx(8e5)
    torch.testing.assert_close(winner.policy.grad, torch.full((1, 4), -1.0))


def test_mean_variants_do_not_depend_on_length():
    """Each round's tokens said twice, at half the log-ratio, changes nothing."""
    rng = np.random.default_rng(5)
    row, other = trajectory(rng, 4), trajectory(rng, 3)
    twice = tuple(np.repeat(values, 2) for values in row)
    for variant in ("dmpo-mean", "dpo-mean"):
        one = dmpo_loss(batch([row]), batch([other]), variant=variant)
        two = dmpo_loss(batch([twice]), batch([other]), variant=variant)
        assert one.loss.item() == pytest.approx(two.loss.item(), rel=1e-12)


def test_sft_term_is_the_winners_mean_nll(rows):
    winners, losers = map(batch, rows)
    plain = dmpo_loss(winners, losers)
    nll = -winners.policy[winners.rounds >= 0].mean()
    torch.testing.assert_close(plain.nll, nll)
    torch.testing.assert_close(
        dmpo_loss(winners, losers, variant="dmpo-sft").loss, plain.loss + nll
    )
    torch.testing.assert_close(
        dmpo_loss(winners, losers, sft_weight=0.3).loss, plain.loss + 0.3 * nll
    )


def test_equal_models_give_log_two_and_no_kl(rows):
    winners, losers = map(batch, rows)
    same = [Trajectories(side.policy, side.policy, side.rounds) for side in (winners, losers)]
    got = dmpo_loss(*same)
    assert got.loss.item() == pytest.approx(math.log(2))
    assert log_ratio_kl(same[0]).item() == 0.0 < log_ratio_kl(winners).item()


def test_wrong_names_and_numbers(rows):
    winners, losers = map(batch, rows)
    with pytest.raises(UserError, match="no loss 'ppo'"):
        dmpo_loss(winners, losers, variant="ppo")
    with pytest.raises(UserError, match="gamma"):
        dmpo_loss(winners, losers, gamma=1.5)


@pytest.mark.parametrize(("gamma", "share"), [(0.7, 0.83), (0.9, 0.48), (0.99, 0.34), (1.0, 0.33)])
def test_shares_of_the_first_five_rounds_of_27(gamma, share):
    assert share_of_first(5, 27, gamma) == pytest.approx(share, abs=0.0051)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_weights_fall_from_one(gamma):
    weights = [phi(t, 30, gamma) for t in range(30)]
    assert weights[0] == pytest.approx(1.0)
    assert all(a >= b for a, b in itertools.pairwise(weights)) and weights[-1] >= 0
