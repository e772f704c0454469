"""Gymnasium's own conformance suite over every bundle; any warning is an error (see pyproject)."""

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from terminal_gym.bundle.registry import default_specs_dir

BUNDLES = sorted(path.parent.name for path in default_specs_dir().glob("*/task.toml"))


@pytest.mark.parametrize("name", BUNDLES)
def test_conformance(name, namespace_backend):
    env = gymnasium.make(f"LiteTerminal/{name}-v0", backend="namespace", disable_env_checker=True)
    try:
        check_env(env.unwrapped, skip_render_check=True)
    finally:
        env.close()


def test_conformance_with_rendering(backend):
    env = gymnasium.make(
        f"LiteTerminal/{BUNDLES[0]}-v0",
        backend=backend.name,
        render_mode="ansi",
        disable_env_checker=True,
    )
    try:
        check_env(env.unwrapped, skip_render_check=True)
        env.reset()
        assert isinstance(env.render(), str)
    finally:
        env.close()
