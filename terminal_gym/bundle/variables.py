"""`${VAR}` in a task's variables: values that come from the host."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from terminal_gym.errors import BundleError

_TEMPLATE = re.compile(r"\$\{([^}:]+)(?::-(.*))?\}", re.DOTALL)


def resolve_env(env: Mapping[str, str], file: Path, key: str = "environment.env") -> dict[str, str]:
    """Replace a value `${VAR}` or `${VAR:-default}` by the host's environment variable.

    As in Harbor, a template is a whole value; within a longer one it is text as any other.

    Args:
        env: Names with values.
        file: Where they stand, for the message.
        key: Under which key they stand there.

    Raises:
        BundleError: A variable without a default is not set.
    """
    return {name: _resolved(value, file, key) for name, value in env.items()}


def _resolved(text: str, file: Path, key: str) -> str:
    template = _TEMPLATE.fullmatch(text)
    if template is None:
        return text
    name, default = template[1], template[2]
    value = os.environ.get(name, default)
    if value is None:
        raise BundleError(
            f"{file}: [{key}] needs the variable {name}",
            remedy=f"export {name}=… or give a default: ${{{name}:-value}}",
        )
    return value
