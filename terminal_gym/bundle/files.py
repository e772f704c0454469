"""A bundle's files, which may be anyone's: nothing outside is read, and nothing without bounds."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from terminal_gym.errors import BundleError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MAX_TEXT = 1 << 20
_MAX_FILES = 20_000
_MAX_BYTES = 512 << 20
_MAX_KEY_PARTS = 20
_MAX_VALUES = 10_000
_KEY = re.compile(
    r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*"""
)


def read_text(file: Path, remedy: str) -> str:
    """A UTF-8 file of at most 1 MiB.

    Raises:
        BundleError: It is missing (for which there is `remedy`), larger, or not readable text.
    """
    try:
        if file.stat().st_size > _MAX_TEXT:
            raise BundleError(f"{file}: larger than 1 MiB", remedy="shorten it")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BundleError(f"{file}: missing", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise BundleError(f"{file}: not UTF-8: {error}", remedy="save it as UTF-8") from error
    except OSError as error:
        raise BundleError(f"{file}: {error.strerror}", remedy="make it readable") from error


def read_toml(file: Path, remedy: str) -> dict[str, Any]:
    """A TOML file of a bundle.

    Raises:
        BundleError: As `read_text`, or it is malformed, or no task could mean what it says.
    """
    text = read_text(file, remedy)
    # tomllib's memory grows with the square of a dotted key's parts: 200 KB can take all there is.
    if any(key.count(".") >= _MAX_KEY_PARTS for key in _KEY.findall(text)):
        raise BundleError(f"{file}: a key of more than {_MAX_KEY_PARTS} parts", remedy="shorten it")
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers of too many digits
        raise BundleError(f"{file}: {error}", remedy="mend the TOML syntax there") from error
    if (key := _key_of_a_nul(data)) is not None:
        raise BundleError(f"{file}: {key}: holds a NUL", remedy="take it out")
    return data


def read_yaml(file: Path, remedy: str) -> Any:
    """A YAML file's value.

    Raises:
        BundleError: As `read_text`, or it is malformed, or no task could mean what it says.
    """
    text = read_text(file, remedy)
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # also odd dates
        raise BundleError(f"{file}: {error}", remedy="mend the YAML there") from error
    if flaw := _flaw(data):
        raise BundleError(f"{file}: {flaw}", remedy="write out what is meant")
    return data


def _flaw(data: Any) -> str | None:
    """What no task could mean: with every alias written out, a few lines can be without end."""
    waiting = [data]
    for _ in range(_MAX_VALUES):
        if not waiting:
            return None
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set)):
            waiting += value
        elif isinstance(value, str) and "\0" in value:
            return "a text holds a NUL"
    return f"more than {_MAX_VALUES} values once aliases are written out"


def files_of(folder: Path) -> list[Path]:
    """All files of a bundle, sorted, without Python's caches.

    Raises:
        BundleError: A link leads out of it, something is neither file nor folder, or it is huge.
    """
    try:
        return _checked_files(folder)
    except OSError as error:
        raise BundleError(
            f"{folder}: its folders cannot be read: {error.strerror}",
            remedy="nest them less deeply",
        ) from error


def _checked_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    total = 0
    root = folder.resolve()
    folders = [str(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.name == "__pycache__":
                    continue
                if entry.is_symlink() and not _leads_inside(path, root):
                    raise BundleError(
                        f"{path}: a link that leads out of the bundle, or nowhere",
                        remedy="remove it",
                    )
                if entry.is_file():
                    found.append(path)
                    total += entry.stat().st_size
                elif not entry.is_dir():
                    raise BundleError(f"{path}: neither file nor folder", remedy="remove it")
                elif not entry.is_symlink():
                    folders.append(entry.path)
                if len(found) > _MAX_FILES or total > _MAX_BYTES:
                    raise BundleError(
                        f"{folder}: more than {_MAX_FILES} files, or {_MAX_BYTES >> 20} MiB in all",
                        remedy="pack them, or make them in the Dockerfile",
                    )
    return sorted(found)


def _leads_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # a circle of links is a RuntimeError before Python 3.13
        return False


def _key_of_a_nul(data: dict[str, Any]) -> str | None:
    """The first key that is or holds a text with a NUL, which nothing outside of TOML can carry."""
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{name}.{key}" if name else key, key) for key in value]
            waiting += [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(name, item) for item in value]
        elif isinstance(value, str) and "\0" in value:
            return name.replace("\0", "\\0")
    return None
