"""Every family that the generator finds keeps to the contract of families."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.domain import builtin_domains
from terminal_gym_generator.drafts import LONG_HORIZON, drafts
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine, _parts, make_draft
from terminal_gym_generator.family import families
from terminal_gym_generator.records import TaskRecord

from terminal_gym.agents.script_split import split_script
from terminal_gym.bundle.loader import load_bundle
from terminal_gym.env import TerminalEnv
from terminal_gym.sandbox.base import Backend

NAMES = sorted(families())
each_family = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def example_family() -> None:
    """Here the package's own families count, not the documentation's example."""
    families.cache_clear()
    _parts.cache_clear()


def record_of(name: str, seed: int, difficulty: int) -> TaskRecord:
    record = make_record(FamiliesEngine(builtin_domains()), make_draft((name,), seed, difficulty))
    assert not record.failure, record.failure
    return record


def test_every_domain_has_its_families_and_skills() -> None:
    count = Counter(family.domain for family in families().values())
    assert set(count) == set(builtin_domains())
    assert len(count) == 10
    assert min(count.values()) >= 4
    assert all(len(spec.skills) >= 12 for spec in builtin_domains().values())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("domain", sorted(builtin_domains()))
def test_the_hardest_tasks_are_long(domain: str) -> None:
    stream = drafts(builtin_domains()[domain], seed=1)
    hard = islice((draft for draft in stream if draft.difficulty == 5), 2)
    engine = FamiliesEngine(builtin_domains())
    for draft in hard:
        solution = make_record(engine, draft).solution
        assert solution is not None
        assert len(solution.commands) >= LONG_HORIZON


@each_family
def test_the_domain_is_known_and_names_the_skills(name: str) -> None:
    family = families()[name]
    assert set(family.skills) <= builtin_domains()[family.domain].skill_names
    assert family.skills


@each_family
@pytest.mark.parametrize("difficulty", [1, 5])
def test_same_key_same_record(name: str, difficulty: int) -> None:
    first = record_of(name, 11, difficulty)
    _parts.cache_clear()
    assert record_of(name, 11, difficulty) == first


@each_family
def test_other_seeds_and_difficulties_differ(name: str) -> None:
    records = [record_of(name, seed, 2) for seed in (1, 2, 3)] + [record_of(name, 1, 4)]
    worlds = [record.environment.model_dump_json() for record in records if record.environment]
    assert len(set(worlds)) == 4
    texts = {record.instruction.text for record in records if record.instruction}
    assert len(texts) > 1


@each_family
def test_the_world_grows_with_difficulty(name: str) -> None:
    def size(difficulty: int) -> int:
        environments = [record_of(name, seed, difficulty).environment for seed in range(2)]
        return sum(len(f.content) for e in environments if e for f in e.files.values())

    assert size(5) > size(1)


@each_family
@pytest.mark.parametrize("difficulty", [1, 3, 5])
def test_hidden_values_are_not_in_the_instruction(name: str, difficulty: int) -> None:
    for seed in range(2):
        instruction = record_of(name, seed, difficulty).instruction
        assert instruction is not None
        told = [value for value in instruction.hidden if value in instruction.text]
        assert instruction.hidden
        assert not told


@each_family
def test_the_instruction_is_prose_without_leftovers(name: str) -> None:
    for seed in range(4):
        instruction = record_of(name, seed, 3).instruction
        assert instruction is not None
        assert len(instruction.text) > 300
        assert not any(mark in instruction.text for mark in ("{where}", "None", "  \n"))
        assert "/app" in instruction.text


@each_family
def test_the_bundle_loads_and_its_solution_has_separate_commands(name: str, tmp_path: Path) -> None:
    for difficulty, least in ((1, 6), (3, 10)):
        bundle = write_bundle(record_of(name, 5, difficulty), tmp_path)
        spec = load_bundle(bundle)
        assert spec is not None
        commands = split_script((bundle / "solution/solve.sh").read_text())
        assert commands is not None
        assert len(commands) >= least


@each_family
def test_the_verifier_is_a_program_with_several_checks(name: str) -> None:
    verifier = record_of(name, 5, 3).verifier
    assert verifier is not None
    compile(verifier.source, name, "exec")
    assert len(verifier.checks) >= 3
    assert len(set(verifier.checks)) == len(verifier.checks)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_family_depends_on_the_hash_seed() -> None:
    program = (
        "import hashlib\n"
        "from terminal_gym_generator.family import Context, families\n"
        "for name, family in families().items():\n"
        "    for difficulty in (1, 4):\n"
        "        for seed in (0, 1, 2):\n"
        "            part = family.build(Context(name, seed, difficulty))\n"
        "            kept = [part.paragraphs, part.files, part.setup_commands, part.commands]\n"
        "            kept += [part.checks, part.helpers, part.mutations, part.reveal]\n"
        "            print(name, hashlib.sha256(repr(kept).encode()).hexdigest())\n"
    )
    found = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        found.append(done.stdout.splitlines())
    differing = sorted({a.split()[0] for a, b in zip(*found, strict=True) if a != b})
    assert not differing


def _play(bundle: Path, share: float) -> float:
    """The reward after the first part of the reference solution."""
    env = TerminalEnv(bundle, backend="namespace", step_timeout_s=60, max_steps=1000)
    try:
        commands = split_script((bundle / "solution/solve.sh").read_text()) or []
        env.reset(seed=0)
        for command in commands[: round(share * len(commands))]:
            env.step(command.text)
        _, reward, terminated, _, info = env.step("exit")
        assert terminated
        assert info.get("fault") is None, info
        return float(reward)
    finally:
        env.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
@each_family
def test_oracle_solves_and_doing_nothing_does_not(
    name: str, tmp_path: Path, namespace_backend: Backend
) -> None:
    bundle = write_bundle(record_of(name, 3, 2), tmp_path)
    assert _play(bundle, 1.0) == 1.0
    assert _play(bundle, 0.0) < 1.0
