"""The proof: a policy that gets better, in real environments, on tasks it has not seen.

    python -m terminal_gym_trainers.learn --bundles BUNDLES --out runs/learn

BUNDLES holds `train/` and `held_out/`, as scripts/learn_bundles.py makes them. For each training
seed: a small model of the Qwen3 architecture with random weights and a tokenizer of its own; SFT on
expert trajectories; its own rollouts on the training tasks; pairs from them; DMPO, and DPO from the
same pairs. After each stage the policy is measured on the held-out tasks by sampling, as it acted
when it was trained. Every stage is the command a user would type. A run that was stopped goes on
where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.episodes import read_episodes
from terminal_gym.episodes.dialogue import make_dialogue
from terminal_gym.errors import UserError
from terminal_gym_trainers.learn_stats import Score, plot, table
from terminal_gym_trainers.learn_work import command, side_by_side
from terminal_gym_trainers.small_models import small_qwen, train_tokenizer

POLICIES = ("untrained", "sft", "dmpo", "dpo")


class Plan(BaseModel):
    """The sizes of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = (0, 1, 2)
    layers: int = 2
    width: int = 128
    vocabulary: int = 4000
    sft_epochs: float = 10
    sft_rate: float = 2e-3
    sft_batch: int = 1
    rollouts: int = Field(default=4, description="per training task")
    pairs_per_task: int = 3
    preference_epochs: float = 2
    preference_rate: float = 1e-4
    preference_batch: int = Field(default=4, description="pairs")
    beta: float = 0.1
    gamma: float = Field(default=0.99, description="losers go wrong late: an even weight")
    sft_weight: float = Field(
        default=3.0, description="without it both losses make winners less likely, too"
    )
    attempts: int = Field(default=2, description="per held-out task")
    untrained_tasks: int = Field(default=8, description="held-out tasks for the untrained policy")
    untrained_steps: int = Field(default=3, description="its steps, since it never submits")
    temperature: float = 1.0
    max_new_tokens: int = 60
    max_context: int = 4096
    output_limit: int = 60
    max_steps: int = 30
    concurrency: int = 16
    jobs: int = Field(default=3, description="training seeds at a time, on one thread each")
    dtype: str = "float32"


class Learn:
    """One run of the proof.

    Args:
        bundles: Folder with `train` and `held_out`.
        out: Folder for everything.
        plan: Sizes.
        backend: The sandbox backend.
    """

    def __init__(self, bundles: Path, out: Path, plan: Plan, backend: str = "auto") -> None:
        self._folder = bundles
        self._bundles = {part: _bundles(bundles / part) for part in ("train", "held_out")}
        self._out = out
        self._plan = plan
        self._backend = backend
        out.mkdir(parents=True, exist_ok=True)
        sizes, text = out / "plan.json", plan.model_dump_json(indent=2) + "\n"
        if not sizes.is_file() or sizes.read_text() != text:  # seeds side by side read it
            sizes.write_text(text)

    def run(self) -> str:
        """All seeds; gives the table, which is also in `table.md`, beside `learn.png`."""
        expert = self._expert
        if not _done(expert):
            arguments = ["--agent", "oracle", "--keep", "solved"]
            for option in ("looks=0.15", "checks=0.2", "errs=0.04"):
                arguments += ["--agent-option", option]
            self._collect(expert, self._bundles["train"], arguments, seed=0)
        for seed in self._plan.seeds:
            self._make_model(seed, expert, self._out / f"seed{seed}" / "untrained")
        if min(self._plan.jobs, len(self._plan.seeds)) > 1:
            options = ["--bundles", str(self._folder), "--out", str(self._out)]
            options += ["--plan", str(self._out / "plan.json"), "--backend", self._backend]
            worker = [sys.executable, "-m", "terminal_gym_trainers.learn", *options]
            commands = [[*worker, "--seed", str(seed)] for seed in self._plan.seeds]
            side_by_side(commands, self._plan.jobs)
        else:
            for seed in self._plan.seeds:
                self.one_seed(seed)
        return self.report()

    def report(self) -> str:
        """Table and plot of what is measured so far."""
        scores: dict[str, list[Score]] = {}
        for policy in POLICIES:
            for seed in self._plan.seeds:
                path = self._out / f"seed{seed}" / f"{policy}.score.json"
                if path.is_file():
                    score = Score.model_validate_json(path.read_text())
                    scores.setdefault(policy, []).append(score)
        text = table(scores)
        (self._out / "table.md").write_text(text)
        plot(scores, self._out / "learn.png")
        return text

    @property
    def _expert(self) -> Path:
        return self._out / "expert.jsonl"

    def one_seed(self, seed: int) -> None:
        """All stages of one training seed, once expert trajectories and its model are there."""
        plan, folder = self._plan, self._out / f"seed{seed}"
        start = folder / "untrained"
        few = self._bundles["held_out"][:: self._untrained_stride()]
        self._measure("untrained", seed, few, max_steps=plan.untrained_steps)
        sft = {
            "model.path": str(start),
            "data.files": [str(self._expert)],
            "training.learning_rate": plan.sft_rate,
            "training.epochs": plan.sft_epochs,
            "training.batch_size": plan.sft_batch,
            "training.schedule": "cosine",
        }
        self._train("sft", "sft", seed, sft)
        self._measure("sft", seed, self._bundles["held_out"])
        rollouts, pairs = folder / "rollouts.jsonl", folder / "pairs.jsonl"
        if not _done(rollouts):
            self._act(folder / "sft", rollouts, self._bundles["train"], plan.rollouts, seed=seed)
        if not _done(pairs):
            options = ["--min-winner", "1", "--per-task", str(plan.pairs_per_task)]
            options += ["--seed", str(seed), "--summary", str(folder / "pairs.json")]
            command("pairs", str(rollouts), "--out", str(pairs), *options, log=folder / "log.txt")
        if not pairs.read_text():
            print(f"seed {seed}: no pairs (see {folder / 'pairs.json'}), so no preference stage")
            return
        preference = {
            "model.path": str(folder / "sft"),
            "data.files": [str(pairs)],
            "loss.beta": plan.beta,
            "training.learning_rate": plan.preference_rate,
            "training.epochs": plan.preference_epochs,
            "training.batch_size": plan.preference_batch,
            "training.schedule": "cosine",
        }
        for name in ("dmpo", "dpo"):
            more = {"loss.variant": f"{name}-sft", "loss.sft_weight": plan.sft_weight}
            more |= {"loss.gamma": plan.gamma} if name == "dmpo" else {}
            self._train(name, "dmpo", seed, preference | more)
            self._measure(name, seed, self._bundles["held_out"])

    def _untrained_stride(self) -> int:
        return max(1, len(self._bundles["held_out"]) // self._plan.untrained_tasks)

    def _make_model(self, seed: int, expert: Path, folder: Path) -> None:
        import torch

        if _done(folder):
            return
        folder.parent.mkdir(exist_ok=True)
        form = make_dialogue("shell")
        texts = [
            text
            for episode in read_episodes(expert)
            for turn in form.turns(episode)
            for text in (turn.user, turn.reply)
        ]
        tokenizer = train_tokenizer(texts, self._plan.vocabulary)
        torch.manual_seed(seed)
        model = small_qwen(
            tokenizer,
            layers=self._plan.layers,
            width=self._plan.width,
            positions=self._plan.max_context,
        )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def _train(self, name: str, stage: str, seed: int, values: dict[str, Any]) -> None:
        folder = self._out / f"seed{seed}"
        if _done(folder / name):
            return
        settings = {
            "model.dtype": self._plan.dtype,
            "model.gradient_checkpointing": False,
            "data.dialogue": "shell",
            "data.max_tokens": self._plan.max_context,
            "training.output": str(folder / name),
            "training.seed": seed,
            "training.log_steps": 5,
            "training.tensorboard": False,
            **values,
        }
        path = folder / f"{name}.toml"
        path.write_text("".join(f"{key} = {json.dumps(v)}\n" for key, v in settings.items()))
        command("train", stage, "--config", str(path), log=folder / "log.txt")

    def _measure(
        self, policy: str, seed: int, bundles: list[str], *, max_steps: int | None = None
    ) -> None:
        folder = self._out / f"seed{seed}"
        path = folder / f"{policy}.score.json"
        if path.is_file():
            return
        recording = folder / f"{policy}.eval.jsonl"
        # Another stream of randomness than the rollouts'; the same for every policy.
        model, attempts = folder / policy, self._plan.attempts
        self._act(model, recording, bundles, attempts, seed=10_000 + seed, max_steps=max_steps)
        score = _score(policy, seed, recording)
        path.write_text(score.model_dump_json(indent=1) + "\n")
        print(
            f"seed {seed}: {policy}: {100 * score.rate:.1f}% of {len(score.outcomes)} solved",
            flush=True,
        )

    def _act(
        self,
        model: Path,
        recording: Path,
        bundles: list[str],
        attempts: int,
        *,
        seed: int,
        max_steps: int | None = None,
    ) -> None:
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
        self._collect(recording, bundles, arguments, seed=seed, max_steps=max_steps)

    def _collect(
        self,
        recording: Path,
        bundles: list[str],
        arguments: list[str],
        *,
        seed: int,
        max_steps: int | None = None,
    ) -> None:
        plan = self._plan
        partial = recording.with_suffix(".partial.jsonl")
        partial.unlink(missing_ok=True)
        arguments += ["--env-option", f"output_limit={plan.output_limit}"]
        arguments += ["--env-option", f"max_steps={max_steps or plan.max_steps}"]
        arguments += ["--backend", self._backend, "--concurrency", str(plan.concurrency)]
        arguments += ["--seed", str(seed), "--out", str(partial)]
        log = recording.parent / "log.txt"
        # 3: a fault ended some episode; it is recorded as one and counts for nothing.
        command("collect", *bundles, *arguments, log=log, allowed=(0, 3))
        partial.rename(recording)


def _score(policy: str, seed: int, recording: Path) -> Score:
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


def _bundles(folder: Path) -> list[str]:
    found = sorted(str(path.parent) for path in folder.glob("*/task.toml"))
    if not found:
        raise UserError(
            f"{folder}: no bundles", remedy="make them with scripts/learn_bundles.py, see its help"
        )
    return found


def _done(path: Path) -> bool:
    """Whether a stage's result is there; models are complete once their tokenizer is saved."""
    return (path / "tokenizer.json").is_file() if path.suffix == "" else path.is_file()


def main() -> None:
    """Run the proof from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bundles", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--plan", type=Path, help="a JSON file of sizes, over the defaults")
    parser.add_argument("--seed", type=int, help="do one training seed, of a run that has begun")
    options = parser.parse_args()
    plan = Plan.model_validate_json(options.plan.read_text()) if options.plan else Plan()
    try:
        learn = Learn(options.bundles, options.out, plan, options.backend)
        if options.seed is None:
            print(learn.run())
        else:
            learn.one_seed(options.seed)
    except UserError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
