"""Task bundles: loading, validation, registration.

Registration is light; the loader and its models are imported when a bundle is loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from terminal_gym.bundle.registry import (
    default_specs_dir,
    find_bundle,
    list_bundles,
    register_bundles,
    register_default_bundles,
)

if TYPE_CHECKING:
    from terminal_gym.bundle.loader import Bundle, load_bundle
    from terminal_gym.bundle.models import TaskConfig

_LAZY = {
    "Bundle": "terminal_gym.bundle.loader",
    "TaskConfig": "terminal_gym.bundle.models",
    "load_bundle": "terminal_gym.bundle.loader",
}

__all__ = [
    "Bundle",
    "TaskConfig",
    "default_specs_dir",
    "find_bundle",
    "list_bundles",
    "load_bundle",
    "register_bundles",
    "register_default_bundles",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
