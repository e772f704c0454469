"""The cheats on our bundles: nothing earned, nothing voided, nothing harmed.

Each is tried on each task made by hand, and a share on some that families made;
TERMINAL_GYM_CHEATS=all tries each on every task there is, with whole verdicts.
"""

import dataclasses
import os
from pathlib import Path
from random import Random

import pytest

from terminal_gym.bundle import find_bundle
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


# These come to a verifier with what it grades, and may show in any of its checks.
GRADED = [name for name, cheat in CHEATS.items() if any("STATE" in c for c in cheat.commands)]
# The others cannot, or only before a verifier has looked at anything: its first failed check says
# that nothing was earned. What fills memory or disk does so sooner where there is less of it.
SMALL = {"memory_mb": 256, "storage_mb": 256}
FIRST_FAILURE = {"CHECKS_FIRST_FAILURE": "1"}
EVERYTHING = os.environ.get("TERMINAL_GYM_CHEATS") == "all"
GENERATED = 3


def tasks(*, generated):
    """Names of the tasks that families made, or of those made by hand."""
    bundles = [find_bundle(path.parent) for path in sorted(SPECS.glob("*/task.toml"))]
    return [b.path.name for b in bundles if bool(b.config.gym.family) == generated]


BY_HAND = tasks(generated=False)


def quick(bundle):
    """The same task, where a verdict ends at the first check that fails, and little fits."""
    config = bundle.config
    verifier = config.verifier.model_copy(update={"env": config.verifier.env | FIRST_FAILURE})
    environment = config.environment.model_copy(update=SMALL)
    changes = {"verifier": verifier, "environment": environment}
    return dataclasses.replace(bundle, config=config.model_copy(update=changes))


def assert_all_held(results):
    assert results
    assert [(r.cheat, r.reward, r.problems) for r in results if not r.held] == []
    assert all(r.reward is not None and r.reward < 1 for r in results)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BY_HAND)
def test_no_cheat_gets_anything(name, namespace):
    bundle = find_bundle(SPECS / name)
    whole = list(CHEATS) if EVERYTHING else GRADED
    assert_all_held(run_cheats(bundle, backend=namespace, names=whole, concurrency=6))
    if others := [cheat for cheat in CHEATS if cheat not in whole]:
        assert_all_held(run_cheats(quick(bundle), backend=namespace, names=others, concurrency=6))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cheat_gets_anything_where_a_program_is_graded(namespace, small_bundle):
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
