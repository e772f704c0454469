"""DMPO on transformers' Trainer: accelerate, FSDP, DeepSpeed, peft and checkpoints come with it."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer

from terminal_gym_trainers.dmpo_data import PairCollator, PairRow
from terminal_gym_trainers.logprobs import CHUNK, give_log_probs
from terminal_gym_trainers.losses import PreferenceLoss, Trajectories, dmpo_loss, log_ratio_kl

Batch = dict[str, Tensor]


class DMPOTrainer(Trainer):
    """Trains a policy on preference pairs.

    The reference model is one of three: log-probabilities in the rows (`precompute_reference`), a
    frozen `reference_model`, or, with neither, the policy with its adapter disabled.

    Args:
        model: The policy: a causal language model, or a peft model around one.
        reference_model: A frozen copy.
        loss_options: For `dmpo_loss`.
        pad_id: The padding token.
        chunk: Tokens whose logits exist at a time.
        trainer_options: For transformers' Trainer.

    Attributes:
        metrics: What is logged besides the loss: rewards/winner, rewards/loser, rewards/margin,
            rewards/accuracy, kl, nll; margin and accuracy per domain, too.
    """

    def __init__(
        self,
        model: Any,
        *,
        train_dataset: Sequence[PairRow],
        eval_dataset: Sequence[PairRow] | None = None,
        reference_model: Any = None,
        loss_options: dict[str, Any] | None = None,
        pad_id: int = 0,
        chunk: int = CHUNK,
        **trainer_options: Any,
    ) -> None:
        for one in (model, reference_model):
            if one is not None:
                give_log_probs(one, chunk=chunk)
        self.domains = sorted({row.domain for row in [*train_dataset, *(eval_dataset or [])]})
        self._loss_options = loss_options or {}
        self._sums: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        super().__init__(
            model=model,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset or None,
            data_collator=PairCollator(pad_id, self.domains),
            **trainer_options,
        )
        # Our loss is a mean over pairs, so Trainer is to divide it by the accumulation steps.
        self.model_accepts_loss_kwargs = False
        self._reference = reference_model
        if reference_model is not None:
            reference_model.requires_grad_(False).eval()
            self._reference = self.accelerator.prepare_model(reference_model, evaluation_mode=True)

    def compute_loss(
        self,
        model: Any,
        inputs: Batch,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The loss of a batch of pairs; its metrics are kept until the next `log`."""
        policy = _log_probs(model, inputs)
        result, winner = pair_loss(
            policy, self._reference_of(model, inputs), inputs, self._loss_options
        )
        self._remember(model, result, winner, inputs)
        return (result.loss, {"rewards": result.winner_reward}) if return_outputs else result.loss

    def prediction_step(
        self, model: Any, inputs: Batch, prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[Tensor, None, None]:
        """Loss and metrics only; there is nothing else to predict."""
        with torch.no_grad():
            loss = self.compute_loss(model, self._prepare_inputs(inputs))
        return loss.detach(), None, None

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Log the means of the metrics since the last time."""
        stage = "eval" if any(key.startswith("eval_") for key in logs) else "train"
        prefix = "eval_" if stage == "eval" else ""
        sums = self._sums.pop(stage, {})
        means = {f"{prefix}{key}": sum(v) / len(v) for key, v in sums.items() if v}
        super().log({**logs, **means}, *args, **kwargs)

    def precompute_reference(self, batch_size: int | None = None) -> None:
        """Put the log-probabilities of the policy as it is now into all rows."""
        size = batch_size or self.args.per_device_eval_batch_size
        for name in ("train_dataset", "eval_dataset"):
            rows = getattr(self, name)
            if rows is not None:
                setattr(self, name, self._with_reference(rows, size))

    def _with_reference(self, rows: Any, size: int) -> list[PairRow]:
        collate = PairCollator(0)
        model: Any = self._reference if self._reference is not None else self.model
        was_training = model.training
        model.to(self.args.device).eval()
        done: list[PairRow] = []
        with torch.no_grad():
            for start in range(0, len(rows), size):
                group = rows[start : start + size]
                batch = {k: v.to(self.args.device) for k, v in collate(group).items()}
                with self.compute_loss_context_manager():  # the precision of training
                    values = _log_probs(model, batch).cpu()
                for i, row in enumerate(group):
                    winner = values[i, : len(row.winner.rounds)].tolist()
                    loser = values[i + len(group), : len(row.loser.rounds)].tolist()
                    done.append(replace(row, reference=(winner, loser)))
        model.train(was_training)
        return done

    def _reference_of(self, model: Any, inputs: Batch) -> Tensor:
        if "reference" in inputs:
            return inputs["reference"]
        with torch.no_grad():
            if self._reference is not None:
                return _log_probs(self._reference, inputs)
            with _evaluating(model), self.accelerator.unwrap_model(model).disable_adapter():
                return _log_probs(model, inputs)

    def _remember(
        self, model: Any, result: PreferenceLoss, winner: Trajectories, inputs: Batch
    ) -> None:
        sums = self._sums["train" if model.training else "eval"]
        margins = result.winner_reward - result.loser_reward
        rows = {
            "rewards/winner": result.winner_reward,
            "rewards/loser": result.loser_reward,
            "rewards/margin": margins,
            "rewards/accuracy": (margins > 0).float(),
        }
        rows = {key: self.accelerator.gather_for_metrics(value) for key, value in rows.items()}
        for key, value in rows.items():
            sums[key] += value.tolist()
        for name, one in (("kl", log_ratio_kl(winner)), ("nll", result.nll)):
            sums[name] += self.accelerator.gather(one.reshape(1)).tolist()
        if len(self.domains) > 1:
            domains = self.accelerator.gather_for_metrics(inputs["domain"]).tolist()
            for index, margin in zip(domains, rows["rewards/margin"].tolist(), strict=True):
                sums[f"{self.domains[index]}/margin"].append(margin)
                sums[f"{self.domains[index]}/accuracy"].append(float(margin > 0))


def pair_loss(
    policy: Tensor, reference: Tensor, inputs: Batch, options: dict[str, Any]
) -> tuple[PreferenceLoss, Trajectories]:
    """The loss of 2B rows, winners first; and the winners."""
    half = len(policy) // 2
    winner, loser = (
        Trajectories(
            policy[rows], reference[rows], inputs["rounds"][rows], inputs["n_rounds"][rows]
        )
        for rows in (slice(None, half), slice(half, None))
    )
    return dmpo_loss(winner, loser, **options), winner


def _log_probs(model: Any, inputs: Batch) -> Tensor:
    keys = ("input_ids", "attention_mask", "rounds")
    values: Tensor = model(**{key: inputs[key] for key in keys})
    return values


@contextlib.contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Without dropout: the reference is one model, not a random one."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
