"""Sandboxes: one isolated machine per episode.

`base.py` is the protocol. To add a backend, add a row to `BACKENDS`.
"""

from __future__ import annotations

import atexit
import importlib
import os
import threading

from terminal_gym.errors import UserError
from terminal_gym.sandbox.base import Backend

BACKENDS: dict[str, str] = {
    "docker": "terminal_gym.sandbox.docker.backend:DockerBackend",
    "namespace": "terminal_gym.sandbox.namespace.backend:NamespaceBackend",
}
"""Name -> "module:Class"."""

_instances: dict[str, Backend] = {}
_lock = threading.Lock()


def get_backend(name: str = "auto") -> Backend:
    """The backend of that name; one instance per process.

    Args:
        name: A key of `BACKENDS`, "package.module:Class", or "auto": what TERMINAL_GYM_BACKEND
            names, else docker where an engine answers, else namespace.

    Raises:
        UserError: There is no such backend.
    """
    if name == "auto":
        name = os.environ.get("TERMINAL_GYM_BACKEND", "auto")
    with _lock:
        if name == "auto":
            name = "docker" if _instance("docker").check().ok else "namespace"
        return _instance(name)


def close_backends() -> None:
    """Close every backend of this process; the next use makes new ones."""
    with _lock:
        for backend in _instances.values():
            backend.close()
        _instances.clear()


def _instance(name: str) -> Backend:
    if name not in _instances:
        path = BACKENDS.get(name, name)
        module, _, attribute = path.partition(":")
        try:
            made = getattr(importlib.import_module(module), attribute)()
        except (ImportError, AttributeError, ValueError) as error:
            raise UserError(
                f"no backend {name!r}: {error}",
                remedy=f"one of: auto, {', '.join(BACKENDS)}, or package.module:Class",
            ) from error
        if not _instances:
            atexit.register(close_backends)
        _instances[name] = made
    return _instances[name]
