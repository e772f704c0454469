"""The proof: a policy that gets better, in real environments, on tasks it has not seen.

    python -m terminal_gym_trainers.learn --bundles BUNDLES --out runs/learn

BUNDLES holds `train/` and `held_out/`, as scripts/learn_bundles.py makes them. For each training
seed: a small model of the Qwen3 architecture with random weights and a tokenizer of its own; SFT on
expert trajectories; its own rollouts on the training tasks; pairs from them; DMPO, and for
comparison DPO from the same pairs and more SFT on the rollouts that won. After each stage the
policy is measured on the held-out tasks by sampling, as it acted when it was trained. A run that
was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from terminal_gym.errors import UserError
from terminal_gym_trainers.learn_plan import Plan
from terminal_gym_trainers.learn_stages import Stages
from terminal_gym_trainers.learn_stats import Score, plot, table
from terminal_gym_trainers.learn_work import side_by_side

POLICIES = ("untrained", "sft", "winners", "dpo", "dmpo")


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
        self._stages = Stages(out, plan, backend)
        out.mkdir(parents=True, exist_ok=True)
        sizes, text = out / "plan.json", plan.model_dump_json(indent=2) + "\n"
        if not sizes.is_file() or sizes.read_text() != text:  # seeds side by side read it
            sizes.write_text(text)

    def run(self) -> str:
        """All seeds; gives the table, which is also in `table.md`, beside `learn.png`."""
        arguments = ["--agent", "oracle", "--keep", "solved"]
        for option in ("looks=0.15", "checks=0.2", "errs=0.04"):
            arguments += ["--agent-option", option]
        self._stages.collect(self._expert, self._bundles["train"], arguments, seed=0)
        for seed in self._plan.seeds:
            self._stages.make_model(seed, self._expert)
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
        plan, stages, held_out = self._plan, self._stages, self._bundles["held_out"]
        few = held_out[:: max(1, len(held_out) // plan.untrained_tasks)]
        stages.measure("untrained", seed, few, max_steps=plan.untrained_steps)
        stages.train("sft", "sft", seed, "untrained", self._sft())
        stages.measure("sft", seed, held_out)
        folder = stages.folder(seed)
        rollouts, pairs = folder / "rollouts.jsonl", folder / "pairs.jsonl"
        stages.act(folder / "sft", rollouts, self._bundles["train"], plan.rollouts, seed=seed)
        if not stages.pairs(rollouts, pairs, seed):
            print(f"seed {seed}: no pairs (see {folder / 'pairs.json'}), so no preference stage")
            return
        for name in ("dmpo", "dpo"):
            stages.train(name, "dmpo", seed, "sft", self._preference(name, pairs))
            stages.measure(name, seed, held_out)
        stages.train("winners", "sft", seed, "sft", self._winners(rollouts))
        stages.measure("winners", seed, held_out)

    def _sft(self) -> dict[str, Any]:
        return {
            "data.files": [str(self._expert)],
            "training.learning_rate": self._plan.sft_rate,
            "training.epochs": self._plan.sft_epochs,
            "training.batch_size": self._plan.sft_batch,
        }

    def _winners(self, rollouts: Path) -> dict[str, Any]:
        return {
            "data.files": [str(rollouts)],  # what the verifier did not reward is left out
            "training.learning_rate": self._plan.winners_rate,
            "training.epochs": self._plan.winners_epochs,
            "training.batch_size": self._plan.preference_batch,
        }

    def _preference(self, name: str, pairs: Path) -> dict[str, Any]:
        plan = self._plan
        values = {
            "data.files": [str(pairs)],
            "loss.variant": f"{name}-sft",
            "loss.sft_weight": plan.preference_sft,
            "loss.beta": plan.beta,
            "training.learning_rate": plan.preference_rate,
            "training.epochs": plan.preference_epochs,
            "training.batch_size": plan.preference_batch,
        }
        return values | ({"loss.gamma": plan.gamma} if name == "dmpo" else {})


def _bundles(folder: Path) -> list[str]:
    found = sorted(str(path.parent) for path in folder.glob("*/task.toml"))
    if not found:
        raise UserError(
            f"{folder}: no bundles", remedy="make them with scripts/learn_bundles.py, see its help"
        )
    return found


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
