"""What became of a draft, and how it lies on disk.

OUT/
├── <id>/             an admitted bundle, with gates.json (an `Outcome`) in it
├── _rejects/<id>/    a refused one, with gates.json and reason.txt
├── _records/<id>.json   what each stage produced (a `TaskRecord`)
├── _plan.json        what was asked for; another plan needs another folder
├── _work/            bundles at the gates; removed at the next start
└── report.html

Names that begin with an underscore are not registered as bundles. No file holds a time or a
machine's name, so that equal plans give equal folders.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terminal_gym_generator.records import Draft, GateResult, TaskRecord


class Outcome(BaseModel):
    """gates.json: a draft's gates, and with them whether it is admitted."""

    model_config = ConfigDict(frozen=True)

    draft: Draft
    digest: str = Field(default="", description="of the bundle's files without gates.json")
    horizon: int = Field(default=0, description="commands of the reference solution")
    failure: str = Field(default="", description="why it never came to the gates")
    gates: list[GateResult] = Field(default_factory=list)

    @property
    def admitted(self) -> bool:
        """Whether it passed every gate."""
        return not self.failure and bool(self.gates) and all(gate.ok for gate in self.gates)

    @property
    def fell_at(self) -> str:
        """The gate that refused it; "draft" before the gates; "" if none did."""
        if self.failure:
            return "draft"
        return next((gate.gate for gate in self.gates if not gate.ok), "")

    @property
    def reason(self) -> str:
        """Why it was refused; "" if it was not."""
        return self.failure or next((g.detail for g in self.gates if not g.ok), "")


class Store:
    """The folder that a run of the generator fills; a killed run leaves only whole entries."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.work = out / "_work"
        self.rejects = out / "_rejects"
        self.records = out / "_records"
        shutil.rmtree(self.work, ignore_errors=True)
        for folder in (self.work, self.rejects, self.records):
            folder.mkdir(parents=True, exist_ok=True)

    def find(self, draft: Draft, digest: str) -> Outcome | None:
        """What an earlier run found out about the very same bundle."""
        for folder in (self.out, self.rejects):
            outcome = read_outcome(folder / draft.id)
            if outcome and outcome.digest == digest and outcome.draft == draft:
                return outcome
        return None

    def keep(self, outcome: Outcome, record: TaskRecord | None, bundle: Path | None) -> None:
        """Put a draft's outcome where it belongs, at once or not at all.

        Args:
            outcome: Its gates.
            record: Its stages, as far as they came.
            bundle: The bundle in `work`, if it was written.
        """
        name = outcome.draft.id
        if record is not None:
            write_whole(self.records / f"{name}.json", record.model_dump_json(indent=1) + "\n")
        folder = bundle or self.work / name
        folder.mkdir(exist_ok=True)
        (folder / "gates.json").write_text(outcome.model_dump_json(indent=1) + "\n")
        if not outcome.admitted:
            text = f"{outcome.fell_at}: {outcome.reason}\n"
            (folder / "reason.txt").write_text(text, encoding="utf-8")
        for place in (self.out, self.rejects):
            shutil.rmtree(place / name, ignore_errors=True)
        folder.rename((self.out if outcome.admitted else self.rejects) / name)

    def close(self) -> None:
        """Remove the working folder."""
        shutil.rmtree(self.work, ignore_errors=True)


def read_outcome(folder: Path) -> Outcome | None:
    """A bundle's gates.json; None where there is none."""
    try:
        return Outcome.model_validate_json((folder / "gates.json").read_bytes())
    except (OSError, ValidationError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is never seen half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
