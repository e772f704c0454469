"""Configurations: what is read, and which combinations are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal_gym_trainers.config import DmpoConfig, SftConfig, load_config

from terminal_gym.errors import UserError

BASE = {
    "model.path": "somewhere",
    "data.files": ["a.jsonl"],
    "training.output": "out",
    "training.learning_rate": 1e-6,
}
CONFIGS = Path(__file__).parents[2] / "trainers" / "configs"


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("")
    return path


def load(empty, kind=DmpoConfig, **changes):
    return load_config(
        empty, kind, BASE | {key.replace("__", "."): value for key, value in changes.items()}
    )


def test_defaults_hold_together(empty):
    assert load(empty).reference_kind == "precomputed"
    assert load(empty, model__lora={"r": 4}).reference_kind == "adapter"
    assert load(empty, SftConfig).data.dialogue == "terminus"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference__kind": "adapter"}, "needs \\[model.lora\\]"),
        ({"reference__kind": "adapter", "reference__path": "x", "model__lora": {}}, "another"),
        ({"loss__variant": "dpo", "loss__gamma": 0.5}, "leave gamma away"),
        ({"loss__gamma": 1.1}, "loss.gamma"),
        ({"training__eval_steps": 5}, "eval_fraction"),
        ({"training__deepspeed": "nowhere.json"}, "there is no file"),
        ({"data__min_reward": 0.5}, "for sft"),
        ({"model__lora": {"dropout": 0.1}, "reference__kind": "precomputed"}, "dropout"),
        ({"model__dtype": "float16"}, "model.dtype"),
        ({"training__lr": 1}, "training.lr"),
        ({"data__files": []}, "data.files"),
    ],
)
def test_impossible_combinations_are_named(empty, changes, words):
    with pytest.raises(UserError, match=words):
        load(empty, **changes)


def test_two_ways_of_sharding_exclude_each_other(empty, tmp_path):
    file = tmp_path / "some.json"
    file.write_text("{}")
    with pytest.raises(UserError, match="exclude each other"):
        load(empty, training__deepspeed=str(file), training__fsdp=str(file))
    with pytest.raises(UserError, match="outside DeepSpeed"):
        load(empty, training__deepspeed=str(file), reference__kind="copy")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        load_config(tmp_path / "none.toml", SftConfig)
    (tmp_path / "bad.toml").write_text("= 3")
    with pytest.raises(UserError, match="mend the TOML"):
        load_config(tmp_path / "bad.toml", SftConfig)


@pytest.mark.parametrize(("name", "kind"), [("sft", SftConfig), ("dmpo", DmpoConfig)])
def test_the_examples_are_valid(name, kind):
    config = load_config(CONFIGS / f"{name}.toml", kind)
    assert config.training.learning_rate > 0
