"""The stage `sft`: TRL's SFTTrainer on verified episodes, with loss on the agent's tokens only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from terminal_gym.episodes import Episode, read_episodes
from terminal_gym.errors import UserError
from terminal_gym_trainers.config import SftConfig
from terminal_gym_trainers.dmpo_data import split_by_task
from terminal_gym_trainers.models import load_model, load_tokenizer, lora_config
from terminal_gym_trainers.pairs import refusal
from terminal_gym_trainers.rendering import Rendered, Renderer, TooLong
from terminal_gym_trainers.training import run_training, trainer_arguments


@dataclass(frozen=True)
class SftRow:
    """One episode, rendered."""

    rendered: Rendered
    task: str


def train_sft(config: SftConfig) -> dict[str, float]:
    """Train by the configuration and save; the last metrics.

    Raises:
        UserError: Model or episodes cannot be used.
    """
    tokenizer = load_tokenizer(config.model.path)
    data = config.data
    renderer = Renderer(
        tokenizer,
        data.dialogue,
        max_tokens=data.max_tokens,
        keep=data.keep,
        recorded_ids=data.recorded_ids,
        **data.template_options,
    )
    episodes = (episode for file in data.files for episode in read_episodes(file))
    rows, dropped = render_episodes(episodes, renderer, min_reward=data.min_reward)
    for reason, count in dropped.items():
        print(f"note: episodes left out: {reason}: {count}")
    train, held_out = split_by_task(rows, data.eval_fraction, config.training.seed)
    trainer = make_sft_trainer(config, tokenizer, train, held_out)
    return run_training(trainer, tokenizer, config.training, config.model)


def render_episodes(
    episodes: Iterable[Episode], renderer: Renderer, *, min_reward: float
) -> tuple[list[SftRow], Counter[str]]:
    """Rows of the good episodes, and why others were left out.

    Raises:
        UserError: None is left.
    """
    rows: list[SftRow] = []
    dropped: Counter[str] = Counter()
    for episode in episodes:
        reason = refusal(episode)
        if reason is None and (episode.extra.reward or 0.0) < min_reward:
            reason = "reward too low"
        if reason is None:
            try:
                task = episode.extra.bundle_digest or episode.extra.bundle or ""
                rows.append(SftRow(renderer.render(episode), task))
                continue
            except TooLong:
                reason = "the task and its first round do not fit"
        dropped[reason] += 1
    if not rows:
        raise UserError(
            f"no episode to train on; left out: {dict(dropped) or 'none, the files are empty'}",
            remedy="collect episodes that the verifier rewarded: `terminal-gym collect`",
        )
    return rows, dropped


def make_sft_trainer(
    config: SftConfig, tokenizer: Any, rows: list[SftRow], held_out: list[SftRow]
) -> Any:
    """TRL's trainer over rows that are tokens already, with our exact masks."""
    from datasets import Dataset
    from transformers import set_seed
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    set_seed(config.training.seed)
    model = load_model(config.model)
    model.config.use_cache = False

    def dataset(part: list[SftRow]) -> Any:
        return Dataset.from_list([columns(row.rendered) for row in part])

    return SFTTrainer(
        model=model,
        args=SFTConfig(
            **trainer_arguments(config.training, config.model, evaluates=bool(held_out)),
            max_length=None,
            packing=False,
        ),
        train_dataset=dataset(rows),
        eval_dataset=dataset(held_out) if held_out else None,
        processing_class=tokenizer,
        peft_config=lora_config(config.model.lora) if config.model.lora else None,
    )


def columns(rendered: Rendered) -> dict[str, list[int]]:
    """An episode as TRL's columns: the mask is of the agent's own tokens."""
    return {
        "input_ids": rendered.token_ids,
        "assistant_masks": [int(number >= 0) for number in rendered.rounds],
    }
