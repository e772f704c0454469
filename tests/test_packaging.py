"""The wheel holds what it should, and works where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"terminal_gym", "terminal_gym_generator", "terminal_gym_trainers"}
EPISODE = """
import gymnasium, pathlib, sys, terminal_gym
from terminal_gym.evaluation import run_episodes
assert pathlib.Path(terminal_gym.__file__).is_relative_to(sys.prefix), terminal_gym.__file__
env = gymnasium.make("LiteTerminal/git-rebase-v0", backend="namespace")
env.reset(seed=1)
_, reward, terminated, _, info = env.step("exit")
assert terminated and reward < 1 and info["valid"], info
env.close()
[result] = run_episodes(
    ["LiteTerminal/git-rebase-v0"], "oracle", backend="namespace", out="episodes.jsonl"
)
print("reward", result.reward)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("packaging"),  # one wheel for all
]


def sh(*argv: object, cwd: Path = ROOT) -> str:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "TERMINAL_GYM_SPECS")}
    done = subprocess.run(
        [str(arg) for arg in argv], cwd=cwd, env=env, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, f"{argv}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    sh(sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT)
    [path] = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of a fresh environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("elsewhere")
    python = folder / "venv/bin/python"
    sh(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    pip = (sys.executable, "-m", "pip", "--python", python)
    sh(*pip, "install", "-q", wheel, cwd=folder)
    return python


def test_the_wheel_holds_three_packages_and_the_bundles(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    specs = {path.parent.name for path in (ROOT / "env_specs").glob("*/task.toml")}
    inside = {name.split("/")[2] for name in names if name.startswith("terminal_gym/_env_specs/")}
    assert inside == specs
    assert "terminal_gym/py.typed" in names
    assert not [name for name in names if "__pycache__" in name]


def test_an_episode_outside_the_checkout(namespace_backend, installed, tmp_path):
    assert "reward 1.0" in sh(installed, "-W", "error", "-c", EPISODE, cwd=tmp_path)


def test_the_command_is_installed(installed, tmp_path):
    command = installed.parent / "terminal-gym"
    assert "LiteTerminal/git-rebase-v0" in sh(command, "list", cwd=tmp_path)


def test_the_wheel_needs_no_training_library(installed, tmp_path):
    code = (
        "from importlib.util import find_spec as f;"
        "print([n for n in ('torch', 'openai', 'transformers', 'trl') if f(n)])"
    )
    assert sh(installed, "-c", code, cwd=tmp_path).strip() == "[]"
