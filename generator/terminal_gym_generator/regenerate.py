"""Whether a bundle is still what the generator makes from its seed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from terminal_gym.bundle import load_bundle
from terminal_gym.errors import UserError
from terminal_gym_generator.bundle_writer import layout
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine, make_draft
from terminal_gym_generator.records import Draft, TextFile


def is_generated(bundle: Path) -> bool:
    """Whether the families engine made it."""
    ours = load_bundle(bundle).config.metadata.get("terminal_gym", {})
    return bool(ours.get("engine") == "families")


def draft_of(bundle: Path) -> Draft:
    """The draft that the bundle's task.toml names.

    Raises:
        UserError: It was not made by families.
    """
    if not is_generated(bundle):
        raise UserError(f"{bundle}: not made by families", remedy="give a generated bundle")
    ours = load_bundle(bundle).config.metadata["terminal_gym"]
    families = tuple(ours["family"].split("+"))
    return make_draft(families, ours["seed"], ours["difficulty"], ours["domain"])


def differences(bundle: Path, domains: Mapping[str, DomainSpec]) -> list[str]:
    """The paths in the bundle that differ from what its seed gives now; gates.json is left out."""
    draft = draft_of(bundle)
    record = make_record(FamiliesEngine(dict(domains)), draft)
    wanted = layout(record) if not record.failure else {}
    found = {str(p.relative_to(bundle)) for p in bundle.rglob("*") if p.is_file()}
    odd = (found - {"gates.json"}) ^ set(wanted)
    odd |= {name for name in found & set(wanted) if not _same(bundle / name, wanted[name])}
    return sorted(odd | ({bundle.name} if draft.id != bundle.name else set()))


def _same(path: Path, file: TextFile) -> bool:
    content = base64.b64decode(file.content) if file.base64 else file.content.encode()
    executable = bool(path.stat().st_mode & 0o100)
    return path.read_bytes() == content and executable == file.executable
