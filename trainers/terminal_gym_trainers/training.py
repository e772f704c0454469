"""What the stages share: Trainer's arguments, resuming, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terminal_gym.errors import UserError
from terminal_gym_trainers.config import ModelSection, TrainingSection
from terminal_gym_trainers.models import is_adapter


def trainer_arguments(
    training: TrainingSection, model: ModelSection, *, evaluates: bool
) -> dict[str, Any]:
    """Keyword arguments of transformers' TrainingArguments, and of TRL's SFTConfig."""
    return {
        "output_dir": str(training.output),
        "learning_rate": training.learning_rate,
        "num_train_epochs": training.epochs,
        "max_steps": training.max_steps,
        "per_device_train_batch_size": training.batch_size,
        "per_device_eval_batch_size": training.batch_size,
        "gradient_accumulation_steps": training.accumulate,
        "warmup_steps": training.warmup,
        "lr_scheduler_type": training.schedule,
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "seed": training.seed,
        "logging_steps": training.log_steps,
        "logging_first_step": True,
        "save_strategy": "steps" if training.save_steps else "no",
        "save_steps": training.save_steps or 500,
        "save_total_limit": training.keep_checkpoints,
        "eval_strategy": "steps" if evaluates and training.eval_steps else "no",
        "eval_steps": training.eval_steps,
        "bf16": model.dtype == "bfloat16" and _has_accelerator(),
        "gradient_checkpointing": model.gradient_checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "deepspeed": str(training.deepspeed) if training.deepspeed else None,
        **({"fsdp": True, "fsdp_config": str(training.fsdp)} if training.fsdp else {}),
        "report_to": ["tensorboard"] if training.tensorboard else [],
        "remove_unused_columns": False,
        "dataloader_pin_memory": _has_accelerator(),
        "disable_tqdm": None,
    }


def run_training(
    trainer: Any, tokenizer: Any, training: TrainingSection, model: ModelSection
) -> dict[str, float]:
    """Train, resume where that is wanted, save model and tokenizer; the last metrics.

    An adapter that was trained on top of another is saved as a whole model, for its file could only
    name the base model below both.
    """
    checkpoint = last_checkpoint(training.output) if training.resume else None
    if training.resume and checkpoint is None:
        raise UserError(
            f"{training.output}: there is no checkpoint to go on from",
            remedy="set training.save_steps, and resume = false for the first run",
        )
    on_top = model.lora is not None and is_adapter(model.path)
    if on_top and (training.deepspeed or training.fsdp):
        raise UserError(
            f"{model.path}: an adapter below a new one cannot be saved from shards",
            remedy="merge it into a checkpoint first, or leave [model.lora] away",
        )
    trainer.train(resume_from_checkpoint=checkpoint)
    if on_top:
        trainer.model.merge_and_unload().save_pretrained(str(training.output))
    else:
        trainer.save_model(str(training.output))
    if trainer.is_world_process_zero():
        tokenizer.save_pretrained(str(training.output))
        trainer.state.save_to_json(str(training.output / "trainer_state.json"))
    numbers = [row for row in trainer.state.log_history if "loss" in row]
    return dict(numbers[-1]) if numbers else {}


def last_checkpoint(output: Path) -> str | None:
    """The newest whole checkpoint of a run; None if there is none."""
    found = [
        (int(folder.name.removeprefix("checkpoint-")), folder)
        for folder in output.glob("checkpoint-*")
        if (folder / "trainer_state.json").is_file()
        and folder.name.removeprefix("checkpoint-").isdigit()
    ]
    return str(max(found)[1]) if found else None


def _has_accelerator() -> bool:
    import torch

    return bool(torch.accelerator.is_available())
