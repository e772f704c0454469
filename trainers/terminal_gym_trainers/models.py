"""Loading what is trained: a checkpoint, an adapter on top of it, a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terminal_gym.errors import UserError
from terminal_gym_trainers.config import LoraSection, ModelSection


def load_tokenizer(path: str) -> Any:
    """The tokenizer of a checkpoint, padding on the right.

    Raises:
        UserError: There is none.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
    except (OSError, ValueError) as error:
        raise _not_loadable(path, "tokenizer", error) from error
    tokenizer.padding_side = "right"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(section: ModelSection) -> Any:
    """The model, without the section's own LoRA.

    Weights that are trained themselves are held in float32, and computed with in the section's
    precision: at DMPO's learning rates a bfloat16 weight would round most updates away. Below an
    adapter they stand still, and are held as they are computed with.

    A folder that holds an adapter gives its base model with the adapter merged in: what comes next
    starts from there, and the reference model of DMPO is that, not the base.

    Raises:
        UserError: It cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM

    held = section.dtype if section.lora else "float32"
    options = {"dtype": getattr(torch, held), "attn_implementation": section.attention}
    try:
        if is_adapter(section.path):
            from peft import AutoPeftModelForCausalLM

            model = AutoPeftModelForCausalLM.from_pretrained(section.path, **options)
            return model.merge_and_unload()
        return AutoModelForCausalLM.from_pretrained(section.path, **options)
    except (OSError, ValueError, ImportError) as error:
        raise _not_loadable(section.path, "model", error) from error


def is_adapter(path: str) -> bool:
    """Whether a folder holds a LoRA adapter and no model."""
    return (Path(path) / "adapter_config.json").is_file()


def lora_config(section: LoraSection) -> Any:
    """peft's form of the section."""
    from peft import LoraConfig

    return LoraConfig(
        r=section.r,
        lora_alpha=section.alpha,
        lora_dropout=section.dropout,
        target_modules=section.target_modules,
        task_type="CAUSAL_LM",
    )


def with_lora(model: Any, section: LoraSection) -> Any:
    """The model with a fresh adapter, which at first changes nothing."""
    from peft import get_peft_model

    return get_peft_model(model, lora_config(section))


def _not_loadable(path: str, what: str, error: Exception) -> UserError:
    first = str(error).strip().split("\n")[0][:300]
    return UserError(
        f"{path}: no {what} could be loaded: {first}",
        remedy="give the folder of a checkpoint as transformers' save_pretrained writes it",
    )
