"""The cheats on our bundles: nothing earned, nothing voided, nothing harmed.

TERMINAL_GYM_CHEATS=all lets every cheat loose on every task.
"""

import os
from pathlib import Path
from random import Random

import pytest

from terminal_gym.bundle import find_bundle
from terminal_gym.cheats import links, python, rewards, run_cheats, tools
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
    "odd-special-files",
    "folders-to-tests",
    "program-fills-disk",
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


# What these do depends on the task; the others' doings are the same everywhere.
OF_THE_TASK = (rewards, tools, python, links)
EVERYTHING = os.environ.get("TERMINAL_GYM_CHEATS") == "all"
IN_FULL = {"leaky-benchmark", "git-rebase"}
SHARE = 6  # of the other cheats, one in so many for each of the other tasks
GENERATED = 3
# As much storage as memory, and a program that is graded: what fills the one took the other.
STORAGE_IS_MEMORY = {"cron-log-rotation": ["program-fills-disk"]}


def tasks(*, generated):
    """Names of the tasks that families made, or of those made by hand."""
    bundles = [find_bundle(path.parent) for path in sorted(SPECS.glob("*/task.toml"))]
    return [b.path.name for b in bundles if bool(b.config.gym.family) == generated]


BY_HAND = tasks(generated=False)


def dealt(bundle):
    """The cheats for a task: all that depend on it, and its share of the others."""
    own = [cheat.name for theme in OF_THE_TASK for cheat in theme.CHEATS]
    own += STORAGE_IS_MEMORY.get(bundle, [])
    others = [name for name in CHEATS if name not in own]
    if bundle in IN_FULL or EVERYTHING:
        return own + others
    place = BY_HAND.index(bundle) % SHARE
    return own + others[place::SHARE]


def assert_all_held(results):
    assert results
    assert [(r.cheat, r.reward, r.problems) for r in results if not r.held] == []
    assert all(r.reward is not None and r.reward < 1 for r in results)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("bundle", BY_HAND)
def test_no_cheat_gets_anything(bundle, namespace):
    found = run_cheats(SPECS / bundle, backend=namespace, names=dealt(bundle), concurrency=6)
    assert_all_held(found)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_where_a_program_is_graded(namespace, small_bundle):
    assert_all_held(run_cheats(small_bundle, backend=namespace, concurrency=6))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_from_tasks_of_families(namespace):
    """A seeded sample, with another eighth of the cheats for each."""
    made = tasks(generated=True)
    for place, bundle in enumerate(Random("matrix").sample(made, min(GENERATED, len(made)))):
        names = list(CHEATS) if EVERYTHING else list(CHEATS)[place::8]
        assert_all_held(run_cheats(SPECS / bundle, backend=namespace, names=names, concurrency=6))


def test_every_cheat_is_dealt():
    """Those that do not depend on the task are tried in full on some, and on others, too."""
    dealt_out = [set(dealt(bundle)) for bundle in BY_HAND]
    assert set.union(*dealt_out) == set(CHEATS)
    assert all(sum(name in names for names in dealt_out) >= 3 for name in CHEATS)


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
