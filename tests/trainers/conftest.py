"""Tokenizers and models made on the spot. Without PyTorch, what needs it is skipped."""

from __future__ import annotations

import importlib.util
import os

import pytest

if importlib.util.find_spec("torch") is None:
    if "torch" in os.environ.get("TERMINAL_GYM_REQUIRE", ""):
        raise pytest.UsageError("TERMINAL_GYM_REQUIRE names torch, and it is not installed")
    collect_ignore = [
        "test_grpo_page.py",
        "test_hf_agent.py",
        "test_learn.py",
        "test_logprobs.py",
        "test_losses.py",
        "test_rendering.py",
        "test_training.py",
    ]


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
