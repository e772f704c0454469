"""Bad authors against the gates: each falls where it should, and mends what can be mended.

The models are scripted; what is tried here is everything around them.
"""

import sys

import pytest

from tests.generator.llm import bad_authors as bad
from tests.generator.llm.author import Author
from tests.generator.llm.made import make

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def made(tmp_path, namespace_backend):
    """What becomes of the first draft of an author."""
    return lambda author, **options: make(author, tmp_path, namespace_backend, **options)


@pytest.mark.slow
def test_a_good_author_passes_every_gate(made):
    found = made(Author())
    assert found.fell_at == ("", "")
    assert [gate.gate for gate in found.gates][-1] == "cheats"
    assert not found.record.repairs
    made_by = tomllib.loads(found.record.configuration.text)["metadata"]["terminal_gym"]
    assert (made_by["engine"], made_by["model"]) == ("llm", "scripted")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("author", "where", "why"),
    [
        (bad.Infeasible, "feasibility", "offline"),
        (bad.Fetches, "environment", "needs the network"),
        (bad.FetchesQuietly, "environment", "/dev/tcp"),
        (bad.Traverses, "environment", "no '.', '..'"),
        (bad.BreaksTheBuild, "environment", "no luck today"),
        (bad.Unfinished, "solution", "unfinished"),
        (bad.AlwaysPasses, "verifier", "an untouched machine"),
        (bad.LooksForPresenceUnderAttack, "verifier", "an attack still pays"),
        (bad.Installs, "hermetic", "pip install"),
        (bad.Forgets, "oracle", "regions.csv"),
        (bad.GoesOn, "prefixes", "cat report.json"),
        (bad.LooksForPresence, "mutations", "not noticed"),
        (bad.TellsTheAnswer, "blind", "the instruction tells"),
        (bad.TypesTheAnswer, "solution", "without having looked"),
        (bad.TypesTheAnswerInPieces, "blind", "without having read"),
        (bad.LooksAtTheClock, "elsewhere", "of these days"),
        (bad.ImportsFromAgent, "cheats", "modules-beside"),
    ],
)
def test_a_bad_author_is_caught(made, author, where, why):
    gate, reason = made(author(), rounds=0).fell_at
    assert gate == where
    assert why in reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "author",
    [
        bad.Fetches,
        bad.BreaksTheBuild,
        bad.AlwaysPasses,
        bad.LooksForPresenceUnderAttack,
        bad.LooksForPresence,
        bad.Installs,
        bad.Forgets,
        bad.TellsTheAnswer,
    ],
)
def test_a_sloppy_author_mends_what_it_is_shown(made, author):
    assert made(bad.sloppy(author)()).fell_at == ("", "")
