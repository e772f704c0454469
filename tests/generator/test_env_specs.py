"""The generated bundles of env_specs/: made as the families make them today, and solvable."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from terminal_gym_generator.domain import builtin_domains
from terminal_gym_generator.family import families
from terminal_gym_generator.outcome import read_outcome
from terminal_gym_generator.regenerate import differences, draft_of, is_generated

from terminal_gym.agents.script_split import split_script
from terminal_gym.bundle import load_bundle
from terminal_gym.bundle.registry import default_specs_dir
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import UserError

BUNDLES = [
    path.parent
    for path in sorted(default_specs_dir().glob("*/task.toml"))
    if is_generated(path.parent)
]
# Another few on each day, so that in time all are tried.
TODAY = [BUNDLES[(date.today().toordinal() + at) % len(BUNDLES)] for at in (0, 20, 40)]


@pytest.fixture(autouse=True)
def example_family() -> None:
    """Here the package's own families count, not the documentation's example."""
    families.cache_clear()


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_its_seed_still_gives_it(bundle: Path) -> None:
    assert differences(bundle, builtin_domains()) == [], "run scripts/generated_specs.py"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_it_passed_all_gates(bundle: Path) -> None:
    outcome = read_outcome(bundle)
    assert outcome is not None
    assert outcome.admitted
    assert outcome.draft == draft_of(bundle)


def test_they_show_the_range() -> None:
    drafts = [draft_of(bundle) for bundle in BUNDLES]
    assert len(drafts) >= 60
    domains = Counter(draft.domain for draft in drafts)
    assert set(domains) == set(builtin_domains())
    assert min(domains.values()) >= 6
    for domain in domains:
        assert {d.difficulty for d in drafts if d.domain == domain} == {1, 2, 3, 4, 5}
    assert {name for draft in drafts for name in draft.families} == set(families())
    long = [bundle for bundle in BUNDLES if (load_bundle(bundle).horizon or 0) >= 25]
    assert len(long) >= 10


def test_what_differs_is_named(tmp_path: Path) -> None:
    copy = tmp_path / BUNDLES[0].name
    shutil.copytree(BUNDLES[0], copy)
    domains = builtin_domains()
    with (copy / "instruction.md").open("a") as file:
        file.write("And hurry.\n")
    (copy / "solution" / "notes.txt").write_text("not ours\n")
    (copy / "tests" / "test.sh").chmod(0o644)
    (copy / "environment" / "world" / "setup.sh").unlink()
    wanted = ["environment/world/setup.sh", "instruction.md", "solution/notes.txt", "tests/test.sh"]
    assert differences(copy, domains) == wanted


def test_a_hand_made_bundle_has_no_draft() -> None:
    with pytest.raises(UserError, match="not made by families"):
        draft_of(default_specs_dir() / "git-rebase")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("bundle", TODAY, ids=lambda path: path.name)
def test_the_reference_solves_it(bundle: Path, namespace_backend: str) -> None:
    env = TerminalEnv(bundle, backend="namespace", step_timeout_s=60, max_steps=1000)
    try:
        env.reset(seed=0)
        for command in split_script((bundle / "solution/solve.sh").read_text()) or []:
            env.step(command.text)
        _, reward, terminated, _, info = env.step("exit")
        assert (reward, terminated) == (1.0, True), info
    finally:
        env.close()
