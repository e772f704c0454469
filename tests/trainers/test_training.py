"""The stages from configuration to checkpoint, on a small model of the Qwen3 architecture."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")

from made_episodes import rollouts  # noqa: E402
from terminal_gym_trainers.config import (  # noqa: E402
    DmpoConfig,
    LoraSection,
    ModelSection,
    SftConfig,
    load_config,
)
from terminal_gym_trainers.dmpo_data import PairCollator, PairRow, render_pairs, split_by_task  # noqa: E402
from terminal_gym_trainers.models import load_model  # noqa: E402
from terminal_gym_trainers.pair_records import PairOptions  # noqa: E402
from terminal_gym_trainers.pairs import make_pairs  # noqa: E402
from terminal_gym_trainers.rendering import Renderer  # noqa: E402

from terminal_gym.cli.main import run_cli  # noqa: E402
from terminal_gym.errors import UserError  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.timeout(300),
]


def history(folder):
    rows = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    return [row for row in rows if "loss" in row]


def losses(folder):
    return [row["loss"] for row in history(folder)]


LORA = {"model__lora.r": 4, "model__lora.alpha": 8}


def test_dmpo_learns_to_prefer(settings, tmp_path):
    config = settings("dmpo", loss__beta=0.5, training__max_steps=12)
    assert run_cli(["train", "dmpo", "--config", str(config)]) == 0
    rows = history(tmp_path / "out")
    assert rows[0]["loss"] == pytest.approx(0.6931, abs=1e-4) and rows[0]["kl"] == 0
    assert rows[-1]["loss"] < 0.3 and rows[-1]["rewards/accuracy"] == 1.0
    assert rows[-1]["rewards/margin"] > 1.0 and rows[-1]["kl"] > 0
    assert {"logs/margin", "files/accuracy"} <= {key for row in rows for key in row}


def test_three_references_are_one(settings, tmp_path):
    """A disabled adapter, a frozen copy and numbers computed before give the same losses."""
    found = {}
    for kind in ("adapter", "copy", "precomputed"):
        out = tmp_path / kind
        config = settings("dmpo", reference__kind=kind, training__output=str(out), **LORA)
        assert run_cli(["train", "dmpo", "-c", str(config)]) == 0
        found[kind] = losses(out)
    assert found["adapter"][0] != found["adapter"][-1]
    assert found["copy"] == pytest.approx(found["adapter"], abs=2e-5)
    assert found["precomputed"] == pytest.approx(found["adapter"], abs=2e-5)


def test_gradient_checkpointing_and_accumulation_change_nothing(settings, tmp_path):
    runs = {
        "plain": {"training__batch_size": 2},
        "frugal": {
            "training__batch_size": 1,
            "training__accumulate": 2,
            "model__gradient_checkpointing": True,
            "training__chunk": 3,
        },
    }
    found = {}
    for name, changes in runs.items():
        config = settings("dmpo", training__output=str(tmp_path / name), **changes)
        assert run_cli(["train", "dmpo", "-c", str(config)]) == 0
        found[name] = losses(tmp_path / name)
    assert found["frugal"] == pytest.approx(found["plain"], abs=1e-4)


@pytest.mark.parametrize(("stage", "more"), [("dmpo", LORA), ("sft", {})])
def test_resuming_gives_the_same_losses(settings, tmp_path, stage, more):
    config = settings(stage, training__save_steps=3, **more)
    assert run_cli(["train", stage, "-c", str(config)]) == 0
    straight = losses(tmp_path / "out")
    assert len(straight) == 6
    # As if the run had been killed after its checkpoint at step 3.
    for name in ("checkpoint-6", "trainer_state.json", "model.safetensors"):
        path = tmp_path / "out" / name
        if path.is_dir():
            path.rename(tmp_path / "gone")
        elif path.exists():
            path.unlink()
    resume = ["--set", "training.resume=true"]
    assert run_cli(["train", stage, "-c", str(config), *resume]) == 0
    resumed = losses(tmp_path / "out")
    assert resumed[3:] == pytest.approx(straight[3:], abs=1e-6)
    assert (
        run_cli(["train", stage, "-c", str(config), *resume, "--set", "training.output='x'"]) == 2
    )


def test_sft_learns_the_agents_tokens_only(settings, tmp_path, tokenizer):
    config = settings("sft", training__max_steps=25, training__learning_rate=5e-3)
    assert run_cli(["train", "sft", "-c", str(config)]) == 0
    values = losses(tmp_path / "out")
    assert values[-1] < 0.5 * values[0]
    from terminal_gym_trainers.train_sft import make_sft_trainer, render_episodes

    loaded = load_config(config, SftConfig)
    rows, dropped = render_episodes(rollouts(), Renderer(tokenizer, "shell"), min_reward=1.0)
    assert len(rows) == 6 and dropped == {"reward too low": 6}
    trainer = make_sft_trainer(loaded, tokenizer, rows, [])
    [batch] = [trainer.data_collator([trainer.train_dataset[0]])]
    labels = batch["labels"][0]
    own = "".join(["ls 0<|im_end|>", "touch done0<|im_end|>", "exit<|im_end|>"])
    assert tokenizer.decode(labels[labels >= 0]) == own


def test_evaluation_is_on_other_tasks(settings, tmp_path):
    config = settings(
        "dmpo", data__eval_fraction=0.34, training__eval_steps=3, training__tensorboard=True
    )
    assert run_cli(["train", "dmpo", "-c", str(config)]) == 0
    rows = json.loads((tmp_path / "out" / "trainer_state.json").read_text())["log_history"]
    evaluated = [row for row in rows if "eval_loss" in row]
    assert len(evaluated) == 2 and "eval_rewards/margin" in evaluated[0]
    assert list((tmp_path / "out").rglob("events.out.tfevents.*"))


def test_an_adapter_can_be_the_start_of_the_next_stage(settings, tmp_path, checkpoint):
    """Its reference is the model with that adapter, not the base model."""
    shared_engine = pytest.importorskip("terminal_gym.agents.hf").shared_engine
    more = {"training__max_steps": 20, "training__learning_rate": 5e-3}
    first = settings("sft", training__output=str(tmp_path / "sft"), **LORA, **more)
    assert run_cli(["train", "sft", "-c", str(first)]) == 0
    assert (tmp_path / "sft" / "adapter_config.json").is_file()
    second = settings("dmpo", model__path=str(tmp_path / "sft"), **LORA)
    assert run_cli(["train", "dmpo", "-c", str(second)]) == 0
    rows = history(tmp_path / "out")
    assert rows[0]["loss"] == pytest.approx(0.6931, abs=1e-4)
    # Both adapters are in what is saved: as one model, since an adapter's file names one base.
    assert not (tmp_path / "out" / "adapter_config.json").exists()
    probe = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        first_logits, second_logits = (
            load_model(ModelSection(path=str(folder), dtype="float32"))(probe).logits
            for folder in (tmp_path / "sft", tmp_path / "out")
        )
        both = shared_engine(str(tmp_path / "sft"), "float32", "cpu")[0]._model(probe).logits
    torch.testing.assert_close(both, first_logits)
    base_logits = load_model(ModelSection(path=str(checkpoint), dtype="float32"))(probe).logits
    moved = (second_logits - first_logits).abs().max()
    assert 0 < moved < (second_logits - base_logits).abs().max()


def test_trained_weights_are_held_in_float32(checkpoint):
    """Added to a bfloat16 weight, a step of 1e-6 would be rounded away."""
    path = str(checkpoint)
    assert load_model(ModelSection(path=path)).dtype == torch.float32
    assert load_model(ModelSection(path=path, lora=LoraSection())).dtype == torch.bfloat16


def test_pairs_that_do_not_fit_are_counted(tokenizer):
    made = make_pairs(rollouts(), PairOptions(strategy="first"))
    short = Renderer(tokenizer, "shell", max_tokens=150)
    rendered = render_pairs(made.pairs, short)
    assert len(rendered.rows) == 6 and rendered.dropped["rounds left out"] > 0
    assert all(len(row.winner.token_ids) <= 150 for row in rendered.rows)
    with pytest.raises(UserError, match="do not fit"):
        render_pairs(made.pairs, Renderer(tokenizer, "shell", max_tokens=64))


def test_whole_tasks_are_held_out(tokenizer):
    rendered = render_pairs(make_pairs(rollouts()).pairs, Renderer(tokenizer, "shell"))
    train, held_out = split_by_task(rendered.rows, 0.3, seed=1)
    assert len(held_out) == 2 and not {r.task for r in train} & {r.task for r in held_out}
    assert split_by_task(rendered.rows, 0.0, seed=1) == (rendered.rows, [])


def test_batches_are_winners_then_losers(tokenizer):
    rendered = render_pairs(make_pairs(rollouts()).pairs, Renderer(tokenizer, "shell"))
    rows: list[PairRow] = rendered.rows[:2]
    batch = PairCollator(tokenizer.pad_token_id, ["files", "logs"])(rows)
    assert batch["input_ids"].shape[0] == 4 and batch["n_rounds"].tolist() == [3, 3, 2, 2]
    for i, side in enumerate([rows[0].winner, rows[1].winner, rows[0].loser, rows[1].loser]):
        size = len(side.token_ids)
        assert batch["input_ids"][i, :size].tolist() == side.token_ids
        assert batch["attention_mask"][i].sum() == size
        assert (batch["rounds"][i, size:] == -1).all()


def test_missing_models_and_data_are_named(settings, tmp_path, capsys):
    config = settings("dmpo")
    assert run_cli(["train", "dmpo", "-c", str(config), "--set", "model.path='/nowhere'"]) == 2
    assert "no tokenizer could be loaded" in capsys.readouterr().err
    assert load_config(config, DmpoConfig).loss.gamma == 0.9
    (tmp_path / "none.jsonl").write_text("")
    empty = f"data.files=['{tmp_path}/none.jsonl']"
    assert run_cli(["train", "dmpo", "-c", str(config), "--set", empty]) == 2
    assert "no pair to train on" in capsys.readouterr().err
