"""Task bundles: loading, validation, registration."""

from terminal_gym.bundle.loader import Bundle, load_bundle
from terminal_gym.bundle.models import TaskConfig
from terminal_gym.bundle.registry import (
    default_specs_dir,
    find_bundle,
    list_bundles,
    register_bundles,
    register_default_bundles,
)

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
