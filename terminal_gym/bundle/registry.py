"""Registration: every bundle folder is `LiteTerminal/<folder>-v0` for `gymnasium.make`.

Registering reads folder names only; a bundle is loaded and validated when it is made.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
import warnings
from collections import Counter
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
_MAX_DEPTH = 3  # datasets are laid out as name, org/name or hash/name


def register_bundles(path: str | Path, namespace: str = NAMESPACE) -> list[str]:
    """Register every bundle below a folder; gives the ids `<namespace>/<folder>-v0`, sorted.

    The folder may hold bundles, or folders of bundles (`org/name`, as datasets are laid out), or be
    one itself. Bundles of one name in several such folders get the folder's name before theirs:
    `<namespace>/<org>.<folder>-v0`. A folder that is already registered under the same id is
    replaced. What cannot be registered is left out with a warning.

    Raises:
        BundleError: The folder does not exist.
    """
    return sorted(_register_all(Path(path).absolute(), namespace))


def register_default_bundles() -> None:
    """Register the package's bundles, those in `$TERMINAL_GYM_SPECS`, and plug-in environments.

    What cannot be registered is left out with a warning: it must not keep the rest from working.
    """
    own = default_specs_dir()
    for folder in [*([own] if own.is_dir() else []), *_user_folders()]:
        try:
            _register_all(folder.absolute(), NAMESPACE)
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
    by_name: dict[str, list[Path]] = {}
    for path in known.values():
        by_name.setdefault(path.name, []).append(path)
    if len(by_name.get(text, [])) == 1:
        return load_bundle(by_name[text][0])
    if text in by_name:
        ids = [spec_id for spec_id, path in known.items() if path.name == text]
        raise BundleError(f"{text!r} names several bundles", remedy=f"one of: {', '.join(ids)}")
    import difflib

    close = difflib.get_close_matches(text, [*known, *by_name], n=3)
    hint = f"did you mean {', '.join(close)}? " if close else ""
    raise BundleError(f"no bundle {text!r}", remedy=f"{hint}see `terminal-gym list`")


def _register_all(folder: Path, namespace: str) -> list[str]:
    paths = _find(folder)
    common = Counter(path.name for path in paths)
    ids = []
    for path in paths:
        name = path.name if common[path.name] == 1 else f"{path.parent.name}.{path.name}"
        try:
            ids.append(_register(path, name, namespace))
        except BundleError as error:
            warnings.warn(error.message, stacklevel=3)
    return ids


def _find(folder: Path) -> list[Path]:
    """The bundles in a folder, or the folder itself; what lies in a bundle is no bundle."""
    if _has_config(str(folder)):
        return [folder]
    try:
        return _find_below(folder, _MAX_DEPTH)
    except OSError as error:
        raise BundleError(
            f"{folder}: {error.strerror}", remedy="give a folder of bundles"
        ) from error


def _find_below(folder: Path, depth: int) -> list[Path]:
    found: list[Path] = []
    with os.scandir(folder) as entries:
        folders = sorted(entry.name for entry in entries if _is_visible_folder(entry))
    for name in folders:
        if _has_config(f"{folder}/{name}"):
            found.append(folder / name)
        elif depth > 1:
            with contextlib.suppress(OSError):
                found += _find_below(folder / name, depth - 1)
    return found


def _register(path: Path, name: str, namespace: str) -> str:
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise BundleError(
            f"{path}: the folder's name cannot be part of an id",
            remedy="use letters, digits, '-', '_' and '.'",
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


def _is_visible_folder(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith((".", "_")) and entry.is_dir()


def _has_config(folder: str) -> bool:
    return os.access(f"{folder}/task.toml", os.F_OK)


def _user_folders() -> list[Path]:
    return [Path(part) for part in os.environ.get(SPECS_VARIABLE, "").split(os.pathsep) if part]


def _matches(spec_id: str, name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(spec_id, pattern) or fnmatch.fnmatchcase(name, pattern)
