"""The stage `dmpo`: from a configuration to a trained policy."""

from __future__ import annotations

from typing import Any

from terminal_gym_trainers.config import DmpoConfig, ModelSection
from terminal_gym_trainers.dmpo_data import PairRow, render_pairs, split_by_task
from terminal_gym_trainers.models import load_model, load_tokenizer, with_lora
from terminal_gym_trainers.pair_records import read_pairs
from terminal_gym_trainers.rendering import Renderer
from terminal_gym_trainers.training import run_training, trainer_arguments


def train_dmpo(config: DmpoConfig) -> dict[str, float]:
    """Train by the configuration and save; the last metrics.

    Raises:
        UserError: Model or pairs cannot be used.
    """
    tokenizer = load_tokenizer(config.model.path)
    rows, held_out = load_rows(config, tokenizer)
    trainer = make_trainer(config, tokenizer, rows, held_out)
    return run_training(trainer, tokenizer, config.training, config.model)


def load_rows(config: DmpoConfig, tokenizer: Any) -> tuple[list[PairRow], list[PairRow]]:
    """The pairs of the configuration, rendered: (for training, for evaluation)."""
    data = config.data
    renderer = Renderer(
        tokenizer,
        data.dialogue,
        max_tokens=data.max_tokens,
        keep=data.keep,
        recorded_ids=data.recorded_ids,
        **data.template_options,
    )
    rendered = render_pairs((pair for file in data.files for pair in read_pairs(file)), renderer)
    for reason, count in rendered.dropped.items():
        print(f"note: {reason}: {count}")
    return split_by_task(rendered.rows, data.eval_fraction, config.training.seed)


def make_trainer(
    config: DmpoConfig, tokenizer: Any, rows: list[PairRow], held_out: list[PairRow]
) -> Any:
    """The trainer, with its reference model in place."""
    from transformers import TrainingArguments, set_seed

    from terminal_gym_trainers.dmpo_trainer import DMPOTrainer

    set_seed(config.training.seed)
    kind = config.reference_kind
    model = load_model(config.model)
    model.config.use_cache = False
    reference = _reference_model(config) if config.reference.path or kind == "copy" else None
    if config.model.lora:
        model = with_lora(model, config.model.lora)
    loss = config.loss
    trainer = DMPOTrainer(
        model,
        train_dataset=rows,
        eval_dataset=held_out,
        reference_model=reference,
        loss_options={
            "variant": loss.variant,
            "beta": loss.beta,
            "gamma": loss.gamma,
            "sft_weight": loss.sft_weight,
        },
        pad_id=tokenizer.pad_token_id,
        chunk=config.training.chunk,
        processing_class=tokenizer,
        args=TrainingArguments(
            **trainer_arguments(config.training, config.model, evaluates=bool(held_out))
        ),
    )
    if kind == "precomputed":
        trainer.precompute_reference()
    return trainer


def _reference_model(config: DmpoConfig) -> Any:
    path = config.reference.path or config.model.path
    section: ModelSection = config.model.model_copy(update={"path": path})
    return load_model(section)
