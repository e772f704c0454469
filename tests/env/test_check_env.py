"""Gymnasium's own conformance suite over bundles; any warning is an error (see pyproject).

All hand-made ones, and of the generated ones, which differ in their worlds only, one per domain.
"""

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from terminal_gym.bundle import load_bundle
from terminal_gym.bundle.registry import default_specs_dir


def chosen():
    """The names of the bundles to try."""
    found = {}
    for path in sorted(default_specs_dir().glob("*/task.toml")):
        ours = load_bundle(path.parent).config.metadata["terminal_gym"]
        key = ours["domain"] if "engine" in ours else path.parent.name
        found.setdefault(key, path.parent.name)
    return sorted(found.values())


BUNDLES = chosen()


@pytest.mark.parametrize("name", BUNDLES)
def test_conformance(name, namespace_backend):
    env = gymnasium.make(f"LiteTerminal/{name}-v0", backend="namespace", disable_env_checker=True)
    try:
        check_env(env.unwrapped, skip_render_check=True)
    finally:
        env.close()


def test_conformance_with_rendering(backend):
    env = gymnasium.make(
        "LiteTerminal/git-rebase-v0",
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
