"""Every cheat on a few bundles: nothing earned, nothing voided, nothing harmed."""

from pathlib import Path

import pytest

from terminal_gym.cheats import run_cheats
from terminal_gym.cheats.table import CHEATS, THEMES

SPECS = Path(__file__).parents[2] / "env_specs"
# On docker, which is slower to start: of each theme what has most to do with the engine.
SAMPLE = [
    "reward-daemon",
    "programs-that-forge",
    "site-customize",
    "links-to-proc",
    "many-hard-links",
    "strange-names",
    "fork-bomb",
    "memory-bomb",
    "disk-fill",
    "output-flood",
    "kill-everything",
    "exec-true",
    "proc-root",
    "new-namespaces",
    "release-agent",
    "device-nodes",
]


def names(theme):
    return [cheat.name for cheat in theme.CHEATS]


def assert_all_held(results):
    assert results
    assert [(r.cheat, r.reward, r.problems) for r in results if not r.held] == []
    assert all(r.reward is not None and r.reward < 1 for r in results)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.__name__.rpartition(".")[2])
@pytest.mark.parametrize("bundle", ["leaky-benchmark", "git-rebase", "small"])
def test_no_cheat_gets_anything(bundle, theme, namespace, small_bundle):
    path = small_bundle if bundle == "small" else SPECS / bundle
    assert_all_held(run_cheats(path, backend=namespace, names=names(theme), concurrency=2))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "backend", [pytest.param("docker", marks=pytest.mark.docker)], indirect=True
)
def test_no_cheat_gets_anything_on_docker(backend, small_bundle):
    assert_all_held(run_cheats(small_bundle, backend=backend.name, names=SAMPLE, concurrency=2))


def test_names_are_unique_and_described():
    everything = [cheat for theme in THEMES for cheat in theme.CHEATS]
    assert len(everything) == len(CHEATS) >= 20
    assert all(cheat.description and cheat.commands for cheat in everything)
