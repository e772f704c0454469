"""Tokenizers and models made on the spot. Without PyTorch, what needs it is skipped."""

from __future__ import annotations

import importlib.util
import json
import os

import pytest
from made_episodes import rollouts

if importlib.util.find_spec("torch") is None and "torch" in os.environ.get(
    "TERMINAL_GYM_REQUIRE", ""
):
    raise pytest.UsageError("TERMINAL_GYM_REQUIRE names torch, and it is not installed")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """The models of these tests are too small for two."""
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer():
    from terminal_gym_trainers.small_models import train_tokenizer

    texts = ["ls -la\ncat file.txt\n/app$ exit", "You operate a Linux terminal. Do the task."]
    return train_tokenizer(texts * 20, 400)


@pytest.fixture(scope="session")
def checkpoint(tokenizer, tmp_path_factory):
    import torch
    from terminal_gym_trainers.small_models import small_qwen

    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    small_qwen(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    from terminal_gym_trainers.pair_records import write_pairs
    from terminal_gym_trainers.pairs import make_pairs

    from terminal_gym.episodes import EpisodeWriter

    folder = tmp_path_factory.mktemp("data")
    with EpisodeWriter(folder / "episodes.jsonl") as writer:
        for one in rollouts():
            writer.write(one)
    write_pairs(make_pairs(rollouts()).pairs, folder / "pairs.jsonl")
    return folder


@pytest.fixture
def settings(tmp_path, checkpoint, files):
    """A configuration file, and how a run of it is called."""

    def write(stage, **changes):
        data = {
            "model.path": str(checkpoint),
            "model.dtype": "float32",
            "model.gradient_checkpointing": False,
            "data.files": [str(files / ("pairs.jsonl" if stage == "dmpo" else "episodes.jsonl"))],
            "data.dialogue": "shell",
            "training.output": str(tmp_path / "out"),
            "training.learning_rate": 1e-3,
            "training.max_steps": 6,
            "training.batch_size": 2,
            "training.schedule": "constant_with_warmup",
            "training.warmup": 0.0,
            "training.tensorboard": False,
        } | {key.replace("__", "."): value for key, value in changes.items()}
        lines = [f"{key} = {json.dumps(value)}" for key, value in data.items()]
        path = tmp_path / f"{stage}.toml"
        path.write_text("\n".join(lines))
        return path

    return write
