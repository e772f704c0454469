"""The cheats on our bundles: nothing earned, nothing voided, nothing harmed.

Each is tried on each task made by hand, and a share on some that families made.
TERMINAL_GYM_CHEATS=whole tries each on every task there is, with whole verdicts in whole sandboxes.
"""

import os
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from random import Random

import pytest

from terminal_gym.bundle import find_bundle
from terminal_gym.cheats import exhaustion, run_cheats
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

WHOLE = os.environ.get("TERMINAL_GYM_CHEATS") == "whole"
LITTLE = {"memory_mb": 128, "storage_mb": 128}
HASTY = {"CHECKS_FIRST_FAILURE": "1"}


FAMILY_OF = {
    path.parent.name: find_bundle(path.parent).config.gym.family
    for path in sorted(SPECS.glob("*/task.toml"))
}
BY_HAND = [name for name, family in FAMILY_OF.items() if not family]
OF_FAMILIES = [name for name, family in FAMILY_OF.items() if family]
SAMPLE_OF_FAMILIES = Random("matrix").sample(OF_FAMILIES, 3)


def try_all(bundle, backend, alone):
    """Every cheat, in as little time as shows the same.

    What fills memory or disk does so sooner where there is less of it. What leaves nothing where
    the task is graded comes to a verifier before it has looked at anything, or not at all, and no
    more of a verdict is waited for than the first check that fails. Of the others each task has
    every second one judged to the end. Whole verdicts in whole sandboxes for all of them would take
    three times as long. Bombs of several workers at once keep the machine from anything else.
    """
    kinds = defaultdict(list)
    for place, cheat in enumerate(CHEATS.values(), BY_HAND.index(bundle.name)):
        fills = cheat in exhaustion.CHEATS
        leaves_something = any("STATE" in command for command in cheat.commands)
        to_the_end = WHOLE or (leaves_something and place % 2 == 0)
        kinds[fills and not WHOLE, to_the_end].append(cheat.name)
    results = []
    for (little, whole), names in kinds.items():
        conditions = bundle.altered(
            environment=LITTLE if little else None, verifier_env=None if whole else HASTY
        )
        with alone() if little else nullcontext():
            at_once = 3 if little else 6
            results += run_cheats(conditions, backend=backend, names=names, concurrency=at_once)
    assert {result.cheat for result in results} == set(CHEATS)
    assert_all_held(results)


def assert_all_held(results):
    assert results
    assert [(r.cheat, r.reward, r.problems) for r in results if not r.held] == []
    assert all(r.reward is not None and r.reward < 1 for r in results)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BY_HAND)
def test_no_cheat_gets_anything(name, namespace, alone):
    try_all(find_bundle(SPECS / name), namespace, alone)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_where_a_program_is_graded(namespace, small_bundle):
    """All of them, with whole verdicts in a whole sandbox."""
    assert_all_held(run_cheats(small_bundle, backend=namespace, concurrency=6))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", OF_FAMILIES if WHOLE else SAMPLE_OF_FAMILIES)
def test_no_cheat_gets_anything_from_a_task_of_families(name, namespace):
    """A seeded sample of tasks, and of the cheats another eighth for each."""
    names = list(CHEATS) if WHOLE else list(CHEATS)[SAMPLE_OF_FAMILIES.index(name) :: 8]
    assert_all_held(run_cheats(SPECS / name, backend=namespace, names=names, concurrency=6))


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
