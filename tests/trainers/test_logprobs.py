"""Chunked log-probabilities: the same numbers, and far less memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from terminal_gym_trainers.small_models import small_qwen

from terminal_gym.errors import UserError

torch = pytest.importorskip("torch")
logprobs = pytest.importorskip("terminal_gym_trainers.logprobs")

MEMORY = """
import sys, torch
from terminal_gym_trainers.logprobs import log_probs_of

def peak():  # not getrusage: that begins with the parent's peak
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

torch.manual_seed(0); torch.set_num_threads(1)
tokens, width, words = 2048, 32, 32_000
head = torch.nn.Linear(width, words, bias=False)
hidden = torch.randn(tokens, width, requires_grad=True)
targets = torch.randint(words, (tokens,))
warm = log_probs_of(hidden[:8], head, targets[:8], chunk=8).sum(); warm.backward()
before = peak()
if sys.argv[1] == "whole":
    values = torch.log_softmax(head(hidden).float(), -1).gather(1, targets[:, None])
else:
    values = log_probs_of(hidden, head, targets, chunk=128)
values.sum().backward()
print(peak() - before)
"""


@pytest.fixture
def model(tokenizer):
    torch.manual_seed(0)
    return small_qwen(tokenizer).eval()


def inputs(model, rows=3, width=40):
    ids = torch.randint(3, model.config.vocab_size, (rows, width))
    mask = torch.ones_like(ids)
    mask[0, 30:] = 0
    rounds = torch.randint(-1, 3, ids.shape).masked_fill(mask == 0, -1)
    rounds[:, 0] = -1
    return {"input_ids": ids, "attention_mask": mask, "rounds": rounds}


def plain(model, batch):
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    values = torch.log_softmax(logits[:, :-1].float(), -1)
    picked = values.gather(2, batch["input_ids"][:, 1:, None]).squeeze(2)
    full = torch.cat([torch.zeros(len(picked), 1), picked], 1)
    return torch.where(batch["rounds"] >= 0, full, 0.0)


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_the_same_values_and_gradients(model, chunk):
    batch = inputs(model)
    expected = plain(model, batch)
    weights = torch.randn_like(expected)
    (expected * weights).sum().backward()
    grads = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    logprobs.give_log_probs(model, chunk=chunk)
    got = model(**batch)
    (got * weights).sum().backward()
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)
    for one, two in zip(grads, model.parameters(), strict=True):
        torch.testing.assert_close(two.grad, one, atol=1e-4, rtol=1e-4)


def test_without_rounds_the_model_is_as_before(model):
    batch = inputs(model)
    del batch["rounds"]
    before = model(**batch).logits
    logprobs.give_log_probs(model)
    torch.testing.assert_close(model(**batch).logits, before)


def test_no_agent_token_is_no_error(model):
    logprobs.give_log_probs(model)
    batch = inputs(model)
    batch["rounds"].fill_(-1)
    assert torch.equal(model(**batch), torch.zeros(3, 40))


def test_soft_capped_logits():
    torch.manual_seed(0)
    head, hidden = torch.nn.Linear(8, 50), 30 * torch.randn(6, 8)
    targets = torch.arange(6)
    logits = 5 * torch.tanh(head(hidden) / 5)
    expected = torch.log_softmax(logits, 1).gather(1, targets[:, None]).squeeze(1)
    torch.testing.assert_close(logprobs.log_probs_of(hidden, head, targets, softcap=5.0), expected)


def test_a_model_that_scales_its_logits_is_refused(model):
    model.config.logit_scale = 0.5
    with pytest.raises(UserError, match="logit_scale"):
        logprobs.give_log_probs(model)


def test_memory_does_not_grow_with_the_vocabulary():
    """2,048 tokens of 32,000 words: 250 MB per copy of the logits, 16 MB per chunk of 128."""

    # What is freed goes back at once: a heap with holes would count as a peak.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "1000000"}

    def peak(how):
        command = [sys.executable, "-c", MEMORY, how]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return float(done.stdout)

    whole, chunked = peak("whole"), peak("chunked")
    print(f"peak above the start: whole {whole:.0f} MiB, chunked {chunked:.0f} MiB")
    assert 5 * chunked < whole
