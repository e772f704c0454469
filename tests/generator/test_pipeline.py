"""The pipeline: the same plan gives the same bytes, whatever happens on the way."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from terminal_gym_generator import pipeline
from terminal_gym_generator.domain import load_domain
from terminal_gym_generator.drafts import drafts, families_of
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.gates import run as gates
from terminal_gym_generator.outcome import Outcome, read_outcome
from terminal_gym_generator.pipeline import generate
from terminal_gym_generator.plan import Plan
from terminal_gym_generator.progress import lengths
from terminal_gym_generator.report import write_report

from terminal_gym.bundle import load_bundle
from terminal_gym.errors import UserError
from tests.generator.example import NAME

SKILLS = "".join(
    f'[[skills]]\nname = "{name}"\ndescription = "a skill of its own"\n'
    for name in ["aggregation", *(f"skill-{number}" for number in range(11))]
)
DOMAIN = f"""\
name = "freight"
title = "Freight"
description = "Parcels, carriers, scans, and what became of them on their way."
tools = ["awk"]
artifacts = ["scans"]
hard = ["absence"]
out_of_bounds = ["real customers"]
{SKILLS}"""


class Ear:
    """Remembers what the pipeline tells."""

    def __init__(self):
        self.gates = []
        self.outcomes = []
        self.resumed = 0

    def gate(self, draft, result):
        self.gates.append((draft.id, result.gate))

    def outcome(self, outcome, *, resumed):
        self.outcomes.append(outcome)
        self.resumed += resumed


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "freight.toml").write_text(DOMAIN)
    return load_domain(tmp_path / "freight.toml")


@pytest.fixture
def few_gates(monkeypatch):
    """Two gates instead of all: these tests are about what is around them."""
    kept = {name: gates.GATES[name] for name in ("builds", "nop")}
    monkeypatch.setattr(gates, "GATES", kept)


def run(spec, out, *, count=3, seed=0, ear=None, **options):
    plan = Plan(domains=(spec,), count=count, seed=seed)
    engine = FamiliesEngine({spec.name: spec})
    return generate(
        plan,
        out,
        engine,
        lambda one: drafts(one, seed),
        ear or Ear(),
        backend="namespace",
        jobs=2,
        **options,
    )


def tree(folder):
    """Every file's bytes and executable bit, by path."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o100)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_users_domain_gets_the_families_whose_skills_it_names(spec):
    assert [family.name for family in families_of(spec)] == [NAME]
    stranger = spec.model_copy(update={"name": "other", "skills": spec.skills[1:]})
    with pytest.raises(UserError, match="no family belongs to the domain 'other'"):
        families_of(stranger)


def test_drafts_are_one_stream_per_domain_and_seed(spec):
    def first(seed):
        stream = drafts(spec, seed)
        return [next(stream) for _ in range(10)]

    assert first(0) == first(0)
    levels = Counter(draft.difficulty for draft in first(0))
    assert set(levels.values()) == {2}  # each difficulty once in each lap
    mine, theirs = ({draft.seed for draft in first(seed)} for seed in (0, 1))
    assert len(mine) == 10
    assert not mine & theirs


def test_quotas_are_as_equal_as_can_be(spec):
    specs = tuple(spec.model_copy(update={"name": name}) for name in "abc")
    assert Plan(domains=specs, count=8, seed=0).quotas() == {"a": 3, "b": 3, "c": 2}


@pytest.mark.usefixtures("few_gates")
def test_equal_plans_give_equal_folders_and_another_seed_shares_nothing(
    spec, tmp_path, namespace_backend
):
    outcomes = run(spec, tmp_path / "one")
    assert len(outcomes) == 3
    assert all(one.admitted for one in outcomes)
    run(spec, tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    run(spec, tmp_path / "other", seed=1)
    worlds = [
        {data for name, (data, _) in tree(tmp_path / run).items() if name.endswith("scans.csv")}
        for run in ("one", "other")
    ]
    assert [len(one) for one in worlds] == [3, 3]
    assert not worlds[0] & worlds[1]


@pytest.mark.usefixtures("few_gates")
def test_what_it_writes(spec, tmp_path, namespace_backend):
    ear = Ear()
    outcomes = run(spec, tmp_path / "out", ear=ear)
    assert sorted(one.draft.id for one in ear.outcomes) == sorted(one.draft.id for one in outcomes)
    for outcome in outcomes:
        folder = tmp_path / "out" / outcome.draft.id
        bundle = load_bundle(folder)
        assert bundle.domain == "freight"
        assert bundle.horizon == outcome.horizon == 8
        assert read_outcome(folder).model_dump() == outcome.model_dump()
        record = json.loads((tmp_path / "out/_records" / f"{folder.name}.json").read_text())
        assert record["instruction"]["text"] == bundle.instruction
        tried = [gate for name, gate in ear.gates if name == folder.name]
        assert tried == ["distance", "reproducible", "builds", "nop"]
    assert lengths(outcomes) == [8, 8, 8]
    assert not (tmp_path / "out/_work").exists()


@pytest.mark.usefixtures("few_gates")
def test_what_is_refused_lies_in_rejects_with_its_reason_and_is_replaced(
    spec, tmp_path, monkeypatch, namespace_backend
):
    def picky(trial):
        if trial.record.draft.difficulty > 3:
            raise gates.Rejected("too hard <for us>")
        return "easy enough"

    monkeypatch.setitem(gates.GATES, "nop", picky)
    outcomes = run(spec, tmp_path / "out", count=4)
    admitted = [one for one in outcomes if one.admitted]
    refused = [one for one in outcomes if not one.admitted]
    assert len(admitted) == 4
    assert refused
    for one in refused:
        folder = tmp_path / "out/_rejects" / one.draft.id
        assert (folder / "reason.txt").read_text() == "nop: too hard <for us>\n"
        assert (folder / "instruction.md").exists()
        assert not (tmp_path / "out" / one.draft.id).exists()
    page = write_report(outcomes, tmp_path / "out").read_text()
    assert "too hard &lt;for us&gt;" in page
    assert "<for us>" not in page
    for one in outcomes:
        assert one.draft.id in page
    bundle = load_bundle(tmp_path / "out" / admitted[0].draft.id)
    assert bundle.instruction.split("`")[0].strip() in page


@pytest.mark.usefixtures("few_gates")
def test_a_domain_whose_drafts_all_fail_ends_with_the_reasons(
    spec, tmp_path, monkeypatch, namespace_backend
):
    def never(trial):
        raise gates.Rejected("never")

    monkeypatch.setitem(gates.GATES, "builds", never)
    monkeypatch.setattr(pipeline, "_MOST_DRAFTS", -9)  # 20 - 9 drafts for one bundle
    with pytest.raises(UserError, match="'freight': 1 bundles are missing") as caught:
        run(spec, tmp_path / "out", count=1)
    assert "builds: never" in caught.value.remedy


def test_a_family_that_crashes_costs_its_drafts_only(spec, tmp_path, families_folder, monkeypatch):
    class Crash(FamiliesEngine):
        def instruction(self, draft):
            raise KeyError("a mistake")

    monkeypatch.setattr(pipeline, "_MOST_DRAFTS", -18)
    plan = Plan(domains=(spec,), count=1, seed=0)
    ear = Ear()
    with pytest.raises(UserError, match="are missing"):
        generate(
            plan, tmp_path / "out", Crash({}), lambda one: drafts(one, 0), ear, backend="namespace"
        )
    assert {one.fell_at for one in ear.outcomes} == {"draft"}
    assert {one.reason for one in ear.outcomes} == {"KeyError: 'a mistake'"}


@pytest.mark.usefixtures("few_gates")
def test_another_plan_needs_another_folder(spec, tmp_path, namespace_backend):
    run(spec, tmp_path / "out", count=1)
    with pytest.raises(UserError, match="another plan"):
        run(spec, tmp_path / "out", count=1, seed=5)


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from terminal_gym_generator.gates import run as gates
from terminal_gym_generator.domain import load_domain
from terminal_gym_generator import families as package
from tests.generator.test_pipeline import Ear, run
package.__path__ = []
gates.GATES = {{name: gates.GATES[name] for name in ("builds", "nop")}}
run(load_domain(Path({spec!r})), Path({out!r}), count=12)
"""


@pytest.mark.usefixtures("few_gates")
def test_a_killed_run_goes_on_where_it_was(spec, tmp_path, namespace_backend):
    out = tmp_path / "killed"
    code = KILLED.format(
        root=str(Path(__file__).parents[2]), spec=str(tmp_path / "freight.toml"), out=str(out)
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        _wait_for(lambda: len(list(out.glob("lost-*/gates.json"))) >= 3, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = {path.parent.name for path in out.glob("lost-*/gates.json")}
    assert len(before) < 12, "the run was over before it could be killed"
    ear = Ear()
    run(spec, out, count=12, ear=ear)
    assert ear.resumed == len(before)
    assert not before & {name for name, _ in ear.gates}
    run(spec, tmp_path / "whole", count=12)
    assert tree(out) == tree(tmp_path / "whole")


def _wait_for(done, process, seconds=90):
    end = time.monotonic() + seconds
    while not done():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_outcome_is_admitted_only_if_gates_ran_and_all_passed(spec):
    draft = next(drafts(spec, 0))
    assert not Outcome(draft=draft).admitted
    assert not Outcome(draft=draft, failure="KeyError").admitted
