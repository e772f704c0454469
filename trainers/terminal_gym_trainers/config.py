"""What `terminal-gym train` is told: one TOML file, read strictly.

stage-independent: [model] [data] [training];  of `dmpo` only: [loss] [reference]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from terminal_gym.errors import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoraSection(_Section):
    """[model.lora]"""

    r: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str | list[str] = "all-linear"


class ModelSection(_Section):
    """[model]"""

    path: str = Field(description="folder of a checkpoint (or of a LoRA adapter), or a hub name")
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    attention: Literal["eager", "sdpa", "flash_attention_2"] = "sdpa"
    gradient_checkpointing: bool = True
    lora: LoraSection | None = None


class DataSection(_Section):
    """[data]"""

    files: list[Path] = Field(min_length=1, description="episodes for sft, pairs for dmpo")
    dialogue: Literal["terminus", "shell"] = "terminus"
    max_tokens: int = Field(default=16_384, ge=64)
    keep: Literal["first", "ends"] = "first"
    recorded_ids: bool = True
    template_options: dict[str, Any] = Field(default_factory=dict)
    eval_fraction: float = Field(default=0.0, ge=0, lt=1, description="of the tasks, not the rows")
    min_reward: float = Field(
        default=1.0, ge=0, le=1, description="sft: least reward of an episode"
    )


class LossSection(_Section):
    """[loss]"""

    variant: Literal["dmpo", "dpo", "dmpo-mean", "dpo-mean", "dmpo-sft", "dpo-sft"] = "dmpo"
    beta: float = Field(default=0.1, gt=0)
    gamma: float = Field(default=0.9, ge=0, le=1)
    sft_weight: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _gamma_is_used(self) -> LossSection:
        if self.variant.startswith("dpo") and "gamma" in self.model_fields_set:
            raise ValueError(
                f"{self.variant} weighs all rounds alike: leave gamma away, or use dmpo"
            )
        return self


class ReferenceSection(_Section):
    """[reference]"""

    kind: Literal["auto", "adapter", "copy", "precomputed"] = "auto"
    path: str | None = Field(default=None, description="another model than the one trained")


class TrainingSection(_Section):
    """[training]"""

    output: Path
    learning_rate: float = Field(gt=0)
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int = Field(default=-1, description="-1: as many as the epochs take")
    batch_size: int = Field(default=1, ge=1, description="per device; a pair counts once")
    accumulate: int = Field(default=1, ge=1)
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of all steps")
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "cosine"
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    seed: int = 0
    log_steps: int = Field(default=1, ge=1)
    save_steps: int | None = Field(default=None, ge=1)
    keep_checkpoints: int = Field(default=2, ge=1)
    eval_steps: int | None = Field(default=None, ge=1)
    tensorboard: bool = True
    chunk: int = Field(default=1024, ge=1, description="tokens whose logits exist at a time")
    deepspeed: Path | None = None
    fsdp: Path | None = None
    resume: bool = Field(default=False, description="go on from the last checkpoint in output")


class SftConfig(_Section):
    """The file of `train sft`."""

    model: ModelSection
    data: DataSection
    training: TrainingSection

    @model_validator(mode="after")
    def _fits_together(self) -> SftConfig:
        check_training(self.data, self.training)
        return self


class DmpoConfig(_Section):
    """The file of `train dmpo`."""

    model: ModelSection
    data: DataSection
    loss: LossSection = LossSection()
    reference: ReferenceSection = ReferenceSection()
    training: TrainingSection

    @property
    def reference_kind(self) -> Literal["adapter", "copy", "precomputed"]:
        """The reference, with "auto" decided: the disabled adapter where there is one."""
        if self.reference.kind != "auto":
            return self.reference.kind
        return "adapter" if self.model.lora and not self.reference.path else "precomputed"

    @model_validator(mode="after")
    def _fits_together(self) -> DmpoConfig:
        check_training(self.data, self.training)
        kind = self.reference_kind
        if kind == "adapter" and self.model.lora is None:
            raise ValueError(
                "reference.kind = 'adapter' needs [model.lora]: without an adapter there is "
                "nothing to disable; use 'precomputed' or 'copy'"
            )
        if kind == "adapter" and self.reference.path:
            raise ValueError(
                "reference.path names another model, and kind = 'adapter' uses this one: "
                "use kind = 'precomputed' or 'copy'"
            )
        if kind == "copy" and self.training.deepspeed:
            raise ValueError(
                "reference.kind = 'copy' would stand outside DeepSpeed on every device: use "
                "'precomputed', or 'adapter' with [model.lora]"
            )
        if self.data.model_fields_set & {"min_reward"}:
            raise ValueError("data.min_reward is for sft; pairs are filtered when they are made")
        if self.model.lora and self.model.lora.dropout and kind == "precomputed":
            # Legal, but the reference would be exact and the policy noisy at step 0.
            raise ValueError("lora.dropout > 0 makes π differ from π_ref before training: set it 0")
        return self


def check_training(data: DataSection, training: TrainingSection) -> None:
    """Raise ValueError for what can never work together."""
    if training.deepspeed and training.fsdp:
        raise ValueError("training.deepspeed and training.fsdp exclude each other: keep one")
    if training.eval_steps and not data.eval_fraction:
        raise ValueError("training.eval_steps needs data.eval_fraction > 0")
    for name, path in (("deepspeed", training.deepspeed), ("fsdp", training.fsdp)):
        if path and not path.is_file():
            raise ValueError(f"training.{name}: there is no file {path}")


Config = TypeVar("Config", SftConfig, DmpoConfig)


def load_config(path: Path, model: type[Config], changes: dict[str, Any] | None = None) -> Config:
    """Read a configuration.

    Args:
        path: A TOML file; relative paths in it are relative to the working directory.
        model: `SftConfig` or `DmpoConfig`.
        changes: Values over the file's, by dotted key.

    Raises:
        UserError: The file cannot be read or is wrong; names each key.
    """
    try:
        data = parse_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", remedy="give a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}", remedy="mend the TOML syntax there") from error
    for key, value in (changes or {}).items():
        *sections, name = key.split(".")
        section = data
        for part in sections:
            section = section.setdefault(part, {})
        section[name] = value
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [_line(one) for one in error.errors(include_url=False)]
        raise UserError(
            f"{path}: {'; '.join(lines)}",
            remedy="trainers/configs/ holds a commented example for each stage",
        ) from error


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML document; raises ValueError (tomllib's)."""
    return tomllib.loads(text)


def _line(error: Any) -> str:
    key = ".".join(map(str, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
