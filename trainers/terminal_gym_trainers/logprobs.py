"""Log-probabilities of an agent's tokens without the logits of a whole batch in memory.

The logits of B x L tokens over a vocabulary V take 4·B·L·V bytes, several times over with their
softmax and gradient: 5 GB per copy for 8,192 tokens of a vocabulary of 152,000. Here they are made
for the agent's tokens only, a chunk at a time, and made again in the backward pass.
"""

from __future__ import annotations

import types
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from terminal_gym.errors import UserError

CHUNK = 1024


def log_probs_of(
    hidden: Tensor, head: nn.Module, targets: Tensor, *, chunk: int = CHUNK, softcap: float = 0.0
) -> Tensor:
    """[N]: log-probability of each target given its hidden state, `chunk` rows at a time.

    Args:
        hidden: [N, H].
        head: From hidden states to logits.
        targets: [N] token ids.
        chunk: Rows whose logits exist at a time.
        softcap: Logits are squashed to ±softcap, where a model does that.
    """

    def some(states: Tensor, ids: Tensor) -> Tensor:
        logits = head(states).float()
        if softcap:
            logits = softcap * torch.tanh(logits / softcap)
        picked = logits.gather(1, ids.unsqueeze(1)).squeeze(1)
        return picked - logits.logsumexp(dim=1)

    parts = [
        checkpoint(some, states, ids, use_reentrant=False)
        if torch.is_grad_enabled()
        else some(states, ids)
        for states, ids in zip(hidden.split(chunk), targets.split(chunk), strict=True)
    ]
    return torch.cat(parts) if parts else hidden.new_zeros(0, dtype=torch.float32)


def give_log_probs(model: Any, *, chunk: int = CHUNK) -> None:
    """Teach a causal language model: `model(input_ids, attention_mask, rounds=…)` gives [B, L].

    The value at a position is the log-probability of the token there given all before it, 0 where
    `rounds` is -1. Done inside the model's own forward, so that FSDP, DeepSpeed and peft wrap it as
    they wrap any model. Without `rounds` the model is as before.

    Raises:
        UserError: The model scales its logits in a way that is not known here.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    config = base.config
    scale = [name for name in ("logit_scale", "logits_scaling") if getattr(config, name, None)]
    if scale:
        raise UserError(
            f"{type(base).__name__} scales its logits ({scale[0]}), which is not supported",
            remedy="use a model without it, such as Qwen, Llama or Mistral",
        )
    softcap = float(getattr(config, "final_logit_softcapping", None) or 0.0)
    original = base.forward

    def forward(self: Any, *args: Any, rounds: Tensor | None = None, **kwargs: Any) -> Any:
        if rounds is None:
            return original(*args, **kwargs)
        return _log_probs(self, rounds, *args, chunk=chunk, softcap=softcap, **kwargs)

    base.forward = types.MethodType(forward, base)


def _log_probs(
    model: Any,
    rounds: Tensor,
    input_ids: Tensor,
    attention_mask: Tensor,
    *,
    chunk: int,
    softcap: float,
    **_: Any,
) -> Tensor:
    backbone = getattr(model, model.base_model_prefix)
    hidden = backbone(
        input_ids=input_ids, attention_mask=attention_mask, use_cache=False
    ).last_hidden_state
    wanted = rounds[:, 1:] >= 0
    values = log_probs_of(
        hidden[:, :-1][wanted],
        model.get_output_embeddings(),
        input_ids[:, 1:][wanted],
        chunk=chunk,
        softcap=softcap,
    )
    result = torch.zeros(input_ids.shape, dtype=torch.float32, device=input_ids.device)
    shifted = torch.zeros_like(rounds, dtype=torch.bool)
    shifted[:, 1:] = wanted
    return result.masked_scatter(shifted, values)
