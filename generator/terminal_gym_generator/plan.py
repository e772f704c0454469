"""What is asked for, and the file that keeps a folder to it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.errors import UserError
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.outcome import write_whole


class Plan(BaseModel):
    """What is asked for. Equal plans give equal bundles."""

    model_config = ConfigDict(frozen=True)

    domains: tuple[DomainSpec, ...] = Field(min_length=1)
    count: int = Field(ge=1)
    seed: int
    thorough: bool = Field(default=False, description="all cheats, not only those at verifiers")
    settings: dict[str, str] = Field(
        default_factory=dict, description="what else the engine's bundles depend on"
    )

    def quotas(self) -> dict[str, int]:
        """How many bundles each domain gets: as equal as can be."""
        share, rest = divmod(self.count, len(self.domains))
        return {spec.name: share + (at < rest) for at, spec in enumerate(self.domains)}


def claim(plan: Plan, out: Path, engine: str) -> None:
    """Write the plan into a new folder; refuse a folder that another plan has filled.

    Raises:
        UserError: It is another's, or a domain is given twice.
    """
    names = [spec.name for spec in plan.domains]
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise UserError(f"domain {twice[0]!r} is given twice", remedy="give each domain once")
    asked = {**plan.model_dump(mode="json"), "engine": engine, "generator": _source_digest()}
    text = json.dumps(asked, ensure_ascii=False, indent=1) + "\n"
    path = out / "_plan.json"
    with suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8") != text:
            raise UserError(
                f"{out} holds the bundles of another plan, or of another version",
                remedy="give a new folder; a run goes on only with its own seed, count and domains",
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _source_digest() -> str:
    """A hash over the generator's own files: other code may make other bundles."""
    folder = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".toml", ".c"):
            total.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]
