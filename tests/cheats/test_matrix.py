"""The cheats on our bundles: nothing earned, nothing voided, nothing harmed.

Those that leave something where a task is graded are tried on each task made by hand; of the others
(bombs, floods, escapes, early rewards) each task gets a share, and so do some that families made.
TERMINAL_GYM_CHEATS=all tries each on every task there is.
"""

import dataclasses
import os
from collections import defaultdict
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


EVERYTHING = os.environ.get("TERMINAL_GYM_CHEATS") == "all"
GENERATED = 3
SHARE = 4  # of what leaves nothing graded, one in so many for each task made by hand


def tasks(*, generated):
    """Names of the tasks that families made, or of those made by hand."""
    bundles = [find_bundle(path.parent) for path in sorted(SPECS.glob("*/task.toml"))]
    return [b.path.name for b in bundles if bool(b.config.gym.family) == generated]


BY_HAND = tasks(generated=False)


def kinds():
    """The cheats by what they need: little room to fill; no more than the first failed check.

    What fills memory or disk does so sooner where there is less of it. What leaves nothing where
    the task is graded comes to a verifier before it has looked at anything, or not at all. Whole
    verdicts in whole sandboxes for all of them would take three times as long.
    """
    found = defaultdict(list)
    for cheat in CHEATS.values():
        fills = cheat in exhaustion.CHEATS
        leaves_nothing = not any("STATE" in command for command in cheat.commands)
        found[fills, leaves_nothing].append(cheat.name)
    return found


def dealt(name):
    """The cheats for a task, of each kind; what leaves nothing does the same everywhere."""
    place = BY_HAND.index(name) % SHARE
    return {
        (fills, leaves_nothing): names[place::SHARE] if leaves_nothing else names
        for (fills, leaves_nothing), names in kinds().items()
    }


def cheaper(bundle, *, little, first_failure):
    """The same task, with little memory and disk, or verdicts that end at the first failure."""
    environment, verifier = bundle.config.environment, bundle.config.verifier
    if little:
        environment = environment.model_copy(update={"memory_mb": 256, "storage_mb": 256})
    if first_failure:
        ending = {**verifier.env, "CHECKS_FIRST_FAILURE": "1"}
        verifier = verifier.model_copy(update={"env": ending})
    changes = {"environment": environment, "verifier": verifier}
    return dataclasses.replace(bundle, config=bundle.config.model_copy(update=changes))


def assert_all_held(results):
    assert results
    assert [(r.cheat, r.reward, r.problems) for r in results if not r.held] == []
    assert all(r.reward is not None and r.reward < 1 for r in results)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BY_HAND)
def test_no_cheat_gets_anything(name, namespace):
    bundle = find_bundle(SPECS / name)
    if EVERYTHING:
        assert_all_held(run_cheats(bundle, backend=namespace, concurrency=6))
        return
    for (fills, leaves_nothing), names in dealt(name).items():
        cheap = cheaper(bundle, little=fills, first_failure=leaves_nothing)
        assert_all_held(run_cheats(cheap, backend=namespace, names=names, concurrency=6))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_where_a_program_is_graded(namespace, small_bundle):
    """All of them, with whole verdicts in a whole sandbox."""
    assert_all_held(run_cheats(small_bundle, backend=namespace, concurrency=6))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_from_tasks_of_families(namespace):
    """A seeded sample, with another eighth of the cheats for each."""
    made = tasks(generated=True)
    chosen = made if EVERYTHING else Random("matrix").sample(made, min(GENERATED, len(made)))
    for place, bundle in enumerate(chosen):
        names = list(CHEATS) if EVERYTHING else list(CHEATS)[place::8]
        assert_all_held(run_cheats(SPECS / bundle, backend=namespace, names=names, concurrency=6))


def test_every_cheat_is_dealt():
    dealt_out = [set().union(*dealt(name).values()) for name in BY_HAND]
    assert set.union(*dealt_out) == set(CHEATS)
    assert all(sum(cheat in names for names in dealt_out) >= 3 for cheat in CHEATS)


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
