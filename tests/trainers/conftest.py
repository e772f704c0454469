"""Tokenizers and models made on the spot."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer():
    from terminal_gym_trainers.small_models import train_tokenizer

    texts = ["ls -la\ncat file.txt\n/app$ exit", "You operate a Linux terminal. Do the task."]
    return train_tokenizer(texts * 20, 400)
