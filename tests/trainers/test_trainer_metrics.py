"""What DMPO logs: the numbers themselves, per domain too, and where TensorBoard finds them."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import fmean

import pytest

torch = pytest.importorskip("torch")

from made_episodes import rollouts  # noqa: E402
from terminal_gym_trainers.config import DmpoConfig, ModelSection, load_config  # noqa: E402
from terminal_gym_trainers.dmpo_data import render_pairs  # noqa: E402
from terminal_gym_trainers.models import load_model  # noqa: E402
from terminal_gym_trainers.pairs import make_pairs  # noqa: E402
from terminal_gym_trainers.rendering import Renderer  # noqa: E402
from terminal_gym_trainers.train_dmpo import make_trainer  # noqa: E402
from terminal_gym_trainers.weights import phi  # noqa: E402

from terminal_gym.cli.main import run_cli  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.timeout(300),
]
BETA, GAMMA = 0.3, 0.6


def reward(side, policy, reference):
    """β Σ φ (log π - log π_ref) of one trajectory, token by token."""
    ids = torch.tensor([side.token_ids])
    with torch.no_grad():
        ratio = sum(
            sign * torch.log_softmax(model(ids).logits[0, :-1].double(), -1)
            for sign, model in ((1, policy), (-1, reference))
        )
    return BETA * sum(
        phi(number, side.n_rounds, GAMMA) * float(ratio[place - 1, ids[0, place]])
        for place, number in enumerate(side.rounds)
        if number >= 0
    )


def test_metrics_are_of_each_domain_apart(settings, checkpoint, tokenizer):
    rows = render_pairs(make_pairs(rollouts()).pairs, Renderer(tokenizer, "shell")).rows
    # One domain's pairs the wrong way round, so that the domains' signs differ.
    rows = [
        replace(row, winner=row.loser, loser=row.winner) if row.domain == "logs" else row
        for row in rows
    ]
    mixed = [*rows[::2], *rows[1::2], rows[0]]  # the last batch is a smaller one
    config = load_config(
        settings("dmpo", loss__beta=BETA, loss__gamma=GAMMA, training__batch_size=4), DmpoConfig
    )
    trainer = make_trainer(config, tokenizer, mixed, mixed)
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in trainer.model.parameters():
            weight.add_(0.02 * torch.randn_like(weight))
    trainer.evaluate()
    found = trainer.state.log_history[-1]

    section = ModelSection(path=str(checkpoint), dtype="float32")
    policy, reference = load_model(section).eval(), load_model(section).eval()
    policy.load_state_dict(trainer.model.state_dict())
    sides = [[reward(side, policy, reference) for side in (row.winner, row.loser)] for row in mixed]
    margins = [winner - loser for winner, loser in sides]
    assert found["eval_rewards/winner"] == pytest.approx(fmean(s[0] for s in sides), abs=1e-4)
    assert found["eval_rewards/loser"] == pytest.approx(fmean(s[1] for s in sides), abs=1e-4)
    assert found["eval_rewards/margin"] == pytest.approx(fmean(margins), abs=1e-4)
    for domain in ("logs", "files"):
        mine = [m for m, row in zip(margins, mixed, strict=True) if row.domain == domain]
        assert len(mine) < len(mixed)
        assert found[f"eval_{domain}/margin"] == pytest.approx(fmean(mine), abs=1e-4)
        right = fmean(float(margin > 0) for margin in mine)
        assert found[f"eval_{domain}/accuracy"] == pytest.approx(right)
    assert found["eval_logs/margin"] * found["eval_files/margin"] < 0


def test_tensorboard_has_all_that_was_logged(settings, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    config = settings(
        "dmpo",
        training__tensorboard=True,
        training__max_steps=4,
        data__eval_fraction=0.34,
        training__eval_steps=2,
    )
    assert run_cli(["train", "dmpo", "-c", str(config)]) == 0
    [file] = (tmp_path / "out").rglob("events.out.tfevents.*")
    events = reader.EventAccumulator(str(file))
    events.Reload()
    state = json.loads((tmp_path / "out" / "trainer_state.json").read_text())
    keys = ["loss", "rewards/winner", "rewards/loser", "rewards/margin", "rewards/accuracy"]
    keys += ["kl", "nll", "logs/margin", "files/accuracy"]
    for key in keys:
        logged = {row["step"]: row[key] for row in state["log_history"] if key in row}
        shown = {event.step: event.value for event in events.Scalars(f"train/{key}")}
        assert shown == pytest.approx(logged, rel=1e-5) and logged
    for key in ("loss", "rewards/margin", "kl"):
        logged = {r["step"]: r[f"eval_{key}"] for r in state["log_history"] if f"eval_{key}" in r}
        shown = {event.step: event.value for event in events.Scalars(f"eval/{key}")}
        assert shown == pytest.approx(logged, rel=1e-5) and len(logged) == 2
