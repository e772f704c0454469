"""The command line, called in this process; bundles of our own on the namespace backend."""

from dataclasses import dataclass

import gymnasium
import pytest
from make_bundle import write_bundle

from terminal_gym.bundle import register_bundles
from terminal_gym.cli.main import run_cli


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """A folder with one good bundle, registered; the working directory is beside it."""
    before = dict(gymnasium.registry)
    write_bundle(tmp_path / "specs" / "tiny-good")
    register_bundles(tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERMINAL_GYM_BACKEND", "namespace")
    monkeypatch.setenv("COLUMNS", "200")
    yield tmp_path / "specs"
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


@pytest.fixture
def cli(specs, capfd):
    def call(*arguments: object) -> Done:
        code = run_cli([str(argument) for argument in arguments])
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture
def sandboxes(namespace_backend):
    """For tests that start some."""
