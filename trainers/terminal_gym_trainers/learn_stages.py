"""The stages of the proof: each is a command of the command line, and its result is kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal_gym.episodes import read_episodes
from terminal_gym.episodes.dialogue import make_dialogue
from terminal_gym_trainers.learn_plan import Plan
from terminal_gym_trainers.learn_stats import Score
from terminal_gym_trainers.learn_work import command
from terminal_gym_trainers.small_models import small_qwen, train_tokenizer

_EVALUATION = 10_000
"""Added to a training seed: another stream of randomness than the rollouts', for every policy."""


class Stages:
    """What is done with a policy. What is there already is not done again.

    Args:
        out: Folder for everything; a training seed's part is in `seedN`.
        plan: Sizes.
        backend: The sandbox backend.
    """

    def __init__(self, out: Path, plan: Plan, backend: str) -> None:
        self._out = out
        self._plan = plan
        self._backend = backend

    def folder(self, seed: int) -> Path:
        """Where a training seed's models and recordings are."""
        folder = self._out / f"seed{seed}"
        folder.mkdir(exist_ok=True)
        return folder

    def make_model(self, seed: int, expert: Path) -> None:
        """`untrained`: random weights, and a tokenizer made from what the expert saw and typed."""
        import torch

        folder, plan = self.folder(seed) / "untrained", self._plan
        if _done(folder):
            return
        form = make_dialogue("shell")
        texts = [
            text
            for episode in read_episodes(expert)
            for turn in form.turns(episode)
            for text in (turn.user, turn.reply)
        ]
        tokenizer = train_tokenizer(texts, plan.vocabulary)
        torch.manual_seed(seed)
        model = small_qwen(
            tokenizer, layers=plan.layers, width=plan.width, positions=plan.max_context
        )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def train(self, name: str, stage: str, seed: int, start: str, values: dict[str, Any]) -> None:
        """Train policy `name` from policy `start` by `terminal-gym train STAGE`."""
        folder = self.folder(seed)
        if _done(folder / name):
            return
        settings = {
            "model.path": str(folder / start),
            "model.dtype": self._plan.dtype,
            "model.gradient_checkpointing": False,
            "data.dialogue": "shell",
            "data.max_tokens": self._plan.max_context,
            "training.output": str(folder / name),
            "training.seed": seed,
            "training.schedule": "cosine",
            "training.log_steps": 5,
            "training.tensorboard": False,
            **values,
        }
        path = folder / f"{name}.toml"
        path.write_text("".join(f"{key} = {json.dumps(v)}\n" for key, v in settings.items()))
        command("train", stage, "--config", str(path), log=folder / "log.txt")

    def measure(
        self, policy: str, seed: int, bundles: Sequence[str], max_steps: int | None = None
    ) -> None:
        """A policy's success at tasks, into `POLICY.score.json`."""
        folder = self.folder(seed)
        path, recording = folder / f"{policy}.score.json", folder / f"{policy}.eval.jsonl"
        if path.is_file():
            return
        stream, attempts = _EVALUATION + seed, self._plan.attempts
        self.act(folder / policy, recording, bundles, attempts, seed=stream, max_steps=max_steps)
        score = score_of(policy, seed, recording)
        path.write_text(score.model_dump_json(indent=1) + "\n")
        count = len(score.outcomes)
        print(f"seed {seed}: {policy}: {100 * score.rate:.1f}% of {count} solved", flush=True)

    def act(
        self,
        model: Path,
        recording: Path,
        bundles: Sequence[str],
        attempts: int,
        *,
        seed: int,
        max_steps: int | None = None,
    ) -> None:
        """A model's episodes."""
        plan = self._plan
        options = {
            "model": model,
            "dialogue": "shell",
            "temperature": plan.temperature,
            "max_new_tokens": plan.max_new_tokens,
            "max_context": plan.max_context,
        }
        arguments = ["--agent", "hf", "--attempts", str(attempts), "--keep", "all"]
        for key, value in options.items():
            arguments += ["--agent-option", f"{key}={value}"]
        self.collect(recording, bundles, arguments, seed=seed, max_steps=max_steps)

    def collect(
        self,
        recording: Path,
        bundles: Sequence[str],
        arguments: Sequence[str],
        *,
        seed: int,
        max_steps: int | None = None,
    ) -> None:
        """Episodes by `terminal-gym collect`."""
        if _done(recording):
            return
        plan = self._plan
        partial = recording.with_suffix(".partial.jsonl")
        partial.unlink(missing_ok=True)
        options = [f"output_limit={plan.output_limit}", f"max_steps={max_steps or plan.max_steps}"]
        more = [word for option in options for word in ("--env-option", option)]
        more += ["--backend", self._backend, "--concurrency", str(plan.concurrency)]
        more += ["--seed", str(seed), "--out", str(partial)]
        log = recording.parent / "log.txt"
        # 3: a fault ended some episode; it is recorded as one and counts for nothing.
        command("collect", *bundles, *arguments, *more, log=log, allowed=(0, 3))
        partial.rename(recording)

    def pairs(self, recording: Path, pairs: Path, seed: int) -> bool:
        """Preference pairs by `terminal-gym pairs`; whether there are any."""
        plan = self._plan
        if not _done(pairs):
            options = ["--strategy", plan.pair_strategy, "--min-winner", "1"]
            options += ["--finished"] if plan.pairs_finished else []
            options += ["--per-task", str(plan.pairs_per_task), "--seed", str(seed)]
            options += ["--summary", str(pairs.with_suffix(".json")), "--out", str(pairs)]
            command("pairs", str(recording), *options, log=pairs.parent / "log.txt")
        return bool(pairs.read_text())


def score_of(policy: str, seed: int, recording: Path) -> Score:
    """What a recording says of a policy."""
    solved: dict[str, list[int]] = defaultdict(list)
    rewards: list[float] = []
    faults = 0
    for episode in read_episodes(recording):
        if not episode.extra.valid or episode.extra.reward is None:
            faults += 1
            continue
        solved[episode.extra.bundle or ""].append(int(episode.extra.reward >= 1.0))
        rewards.append(episode.extra.reward)
    mean = sum(rewards) / len(rewards) if rewards else 0.0
    return Score(policy=policy, seed=seed, solved=dict(solved), reward=mean, faults=faults)


def _done(path: Path) -> bool:
    """Whether a stage's result is there; models are complete once their tokenizer is saved."""
    return (path / "tokenizer.json").is_file() if path.suffix == "" else path.is_file()
