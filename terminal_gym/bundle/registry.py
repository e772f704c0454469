"""Registration: every bundle folder is `LiteTerminal/<folder>-v0` for `gymnasium.make`.

Registering reads folder names only; a bundle is loaded and validated when it is made.
"""

from __future__ import annotations

import fnmatch
import os
import re
import warnings
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import gymnasium
from gymnasium.envs.registration import EnvSpec

from terminal_gym.errors import BundleError

if TYPE_CHECKING:
    from terminal_gym.bundle.loader import Bundle

NAMESPACE = "LiteTerminal"
ENTRY_POINT = "terminal_gym.env:TerminalEnv"
VECTOR_ENTRY_POINT = "terminal_gym.env.vector:vector_entry_point"
SPECS_VARIABLE = "TERMINAL_GYM_SPECS"
PLUGIN_GROUP = "terminal_gym.envs"


def register_bundles(path: str | Path, namespace: str = NAMESPACE) -> list[str]:
    """Register every bundle in a folder; gives the ids `<namespace>/<folder>-v0`, sorted.

    A folder that is already registered under the same id is replaced.

    Raises:
        BundleError: The folder does not exist, or a bundle's name cannot be part of an id.
    """
    folder = Path(path).absolute()
    return [_register(folder / name, namespace) for name in _names(folder)]


def register_default_bundles() -> None:
    """Register the package's bundles, those in `$TERMINAL_GYM_SPECS`, and plug-in environments.

    What cannot be registered is left out with a warning: it must not keep the rest from working.
    """
    own = default_specs_dir()
    for folder in [*([own] if own.is_dir() else []), *_user_folders()]:
        try:
            for name in _names(folder.absolute()):
                _register_or_warn(folder.absolute() / name)
        except BundleError as error:
            warnings.warn(f"{SPECS_VARIABLE}: {error.message}", stacklevel=2)
    register_plugins()


def register_plugins() -> None:
    """Register `<name> = "package.module:Class"` of the entry-point group `terminal_gym.envs`.

    The id is `LiteTerminal/<name>-v0`. Nothing is imported before the environment is made, so that
    other packages (the generator) can add environments without this one knowing them.
    """
    for entry in metadata.entry_points(group=PLUGIN_GROUP):
        spec = EnvSpec(f"{NAMESPACE}/{entry.name}-v0", entry_point=entry.value)
        gymnasium.registry.setdefault(spec.id, spec)


def default_specs_dir() -> Path:
    """env_specs: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_env_specs"
    return installed if installed.is_dir() else package.parent / "env_specs"


def list_bundles(patterns: Iterable[str] = ()) -> list[tuple[str, Path]]:
    """Registered ids with their folders, sorted; all, or those that match a pattern.

    Args:
        patterns: Shell patterns over the id, or over the bundle's name.
    """
    wanted = tuple(patterns)
    found = []
    for spec_id, spec in gymnasium.registry.items():
        if spec.entry_point == ENTRY_POINT:
            path = Path(spec.kwargs["bundle"])
            if not wanted or any(_matches(spec_id, path.name, pattern) for pattern in wanted):
                found.append((spec_id, path))
    return sorted(found)


def find_bundle(reference: str | Path) -> Bundle:
    """Load a bundle by its id, its name, or its folder.

    Raises:
        BundleError: Nothing is known by that reference; close names are suggested.
    """
    from terminal_gym.bundle.loader import load_bundle

    known = dict(list_bundles())
    text = str(reference)
    if text in known:
        return load_bundle(known[text])
    if Path(text).is_dir():
        return load_bundle(text)
    by_name = {path.name: path for path in known.values()}
    if text in by_name:
        return load_bundle(by_name[text])
    import difflib

    close = difflib.get_close_matches(text, [*known, *by_name], n=3)
    hint = f"did you mean {', '.join(close)}? " if close else ""
    raise BundleError(f"no bundle {text!r}", remedy=f"{hint}see `terminal-gym list`")


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_bundle(entry))
    except OSError as error:
        raise BundleError(
            f"{folder}: {error.strerror}", remedy="give a folder of bundles"
        ) from error


def _register_or_warn(path: Path) -> None:
    try:
        _register(path, NAMESPACE)
    except BundleError as error:
        warnings.warn(error.message, stacklevel=3)


def _register(path: Path, namespace: str) -> str:
    name = path.name
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII) or re.search(r"-v\d+$", name):
        raise BundleError(
            f"{path}: the folder's name cannot be part of an id",
            remedy="use letters, digits, '-', '_' and '.', not ending in -v<number>",
        )
    spec = EnvSpec(
        f"{namespace}/{name}-v0",
        entry_point=ENTRY_POINT,
        vector_entry_point=VECTOR_ENTRY_POINT,
        kwargs={"bundle": str(path)},
    )
    # Not gymnasium.register: it compares each new id with all others.
    gymnasium.registry[spec.id] = spec
    return spec.id


def _is_bundle(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith((".", "_")) and entry.is_dir() and _has_config(entry.path)


def _has_config(folder: str) -> bool:
    return os.access(f"{folder}/task.toml", os.F_OK)


def _user_folders() -> list[Path]:
    return [Path(part) for part in os.environ.get(SPECS_VARIABLE, "").split(os.pathsep) if part]


def _matches(spec_id: str, name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(spec_id, pattern) or fnmatch.fnmatchcase(name, pattern)
