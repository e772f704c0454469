"""Prompts: jinja2 templates in `prompts/`, any of which a user's own folder may replace."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)

from terminal_gym.errors import UserError

OWN = Path(__file__).parent / "prompts"


class Prompts:
    """The templates, and the lists that drafts are dealt from.

    Args:
        folder: A user's own; files there replace ours of the same name.

    Raises:
        UserError: The folder holds a file of a name that nothing asks for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folders = [folder, OWN] if folder else [OWN]
        self._jinja = Environment(
            loader=ChoiceLoader([FileSystemLoader(one) for one in self._folders]),
            autoescape=False,  # the reader is a model, not a browser
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        if folder is not None:
            _must_fit(folder)

    def text(self, name: str, **values: Any) -> str:
        """A template, filled in.

        Raises:
            UserError: It is malformed, or names what there is not.
        """
        try:
            return self._jinja.get_template(f"{name}.j2").render(**values).strip() + "\n"
        except TemplateNotFound as error:
            raise UserError(f"no prompt {error}", remedy=f"one of: {', '.join(names())}") from error
        except TemplateError as error:
            raise UserError(
                f"prompt {name}.j2: {type(error).__name__}: {error}",
                remedy=f"mend it; the one of this version is {OWN / (name + '.j2')}",
            ) from error

    def source(self, name: str) -> str:
        """A template as it is written."""
        return self._path(f"{name}.j2").read_text(encoding="utf-8")

    def entries(self, name: str) -> Sequence[str]:
        """The lines of a list, such as personas.txt.

        Raises:
            UserError: It is empty.
        """
        path = self._path(name)
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        found = [line for line in lines if line and not line.startswith("#")]
        if not found:
            raise UserError(f"{path}: it is empty", remedy="write one entry a line")
        return found

    def digest(self) -> str:
        """A hash over all that is in use: other prompts make other bundles."""
        total = sha256()
        for name in names():
            total.update(f"{name}\0".encode() + self._path(name).read_bytes())
        return total.hexdigest()[:16]

    def _path(self, name: str) -> Path:
        return next(one / name for one in self._folders if (one / name).is_file())


def names() -> list[str]:
    """The files that can be replaced."""
    return sorted(path.name for path in OWN.iterdir() if path.suffix in (".j2", ".txt"))


def _must_fit(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder", remedy="name a folder of prompts")
    strange = sorted(path.name for path in folder.iterdir() if path.name not in names())
    strange = [name for name in strange if name.endswith((".j2", ".txt"))]
    if strange:
        raise UserError(
            f"{folder / strange[0]}: nothing asks for a prompt of that name",
            remedy=f"one of: {', '.join(names())}",
        )
