"""`terminal-gym train`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Any

import typer

train = typer.Typer(
    name="train",
    no_args_is_help=True,
    help="Train a model on recorded episodes: sft, then dmpo on pairs.",
)

_File = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration, in TOML.", metavar="FILE")
]
_Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="A value over the file's, in TOML. May be repeated.", metavar="KEY=VALUE"
    ),
]


@train.command()
def sft(config: _File, change: _Set = None) -> None:
    """Supervised fine-tuning on verified episodes; the loss is on the agent's tokens only.

    \b
    terminal-gym train sft --config sft.toml
    terminal-gym train sft --config sft.toml --set training.resume=true
    accelerate launch -m terminal_gym.cli.main train sft --config sft.toml
    """
    _need_torch()
    from terminal_gym_trainers.config import SftConfig, load_config
    from terminal_gym_trainers.train_sft import train_sft

    settings = load_config(config, SftConfig, _changes(change))
    _report(train_sft(settings), settings.training.output)


@train.command()
def dmpo(config: _File, change: _Set = None) -> None:
    """Direct multi-turn preference optimisation on pairs (`terminal-gym pairs`).

    \b
    terminal-gym train dmpo --config dmpo.toml
    terminal-gym train dmpo --config dmpo.toml --set loss.gamma=0.7 --set model.path='"sft-out"'
    """
    _need_torch()
    from terminal_gym_trainers.config import DmpoConfig, load_config
    from terminal_gym_trainers.train_dmpo import train_dmpo

    settings = load_config(config, DmpoConfig, _changes(change))
    _report(train_dmpo(settings), settings.training.output)


def _need_torch() -> None:
    from terminal_gym.errors import UserError

    missing = [
        name
        for name in ("torch", "transformers", "trl", "peft")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise UserError(
            f"training needs {', '.join(missing)}, which is not installed",
            remedy="pip install 'terminal-gym[train]'",
        )


def _changes(change: list[str] | None) -> dict[str, Any]:
    from terminal_gym.errors import UserError
    from terminal_gym_trainers.config import parse_toml

    changes: dict[str, Any] = {}
    for one in change or []:
        key, _, value = one.partition("=")
        try:
            changes[key.strip()] = parse_toml(f"value = {value}")["value"]
        except ValueError as error:
            raise UserError(
                f"--set {one}: {error}", remedy="write KEY=VALUE with a TOML value: name='\"text\"'"
            ) from error
    return changes


def _report(metrics: dict[str, float], output: Path) -> None:
    shown = ("loss", "rewards/margin", "rewards/accuracy", "kl", "mean_token_accuracy")
    parts = [f"{key} {metrics[key]:.4g}" for key in shown if key in metrics]
    print(f"{', '.join(parts)}\nsaved in {output}")
