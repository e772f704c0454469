"""The family of docs/generator.md, and bundles that are spoiled in one way each."""

import re
from pathlib import Path

from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine, make_draft
from terminal_gym_generator.records import Solution

DOCS = Path(__file__).parents[2] / "docs" / "generator.md"
NAME = "lost-parcels"
ENGINE = FamiliesEngine({})


def family_source():
    """The Python of the documentation's example."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (source,) = [block for block in blocks if "(Family)" in block]
    return source


def good_record(seed=1, difficulty=1):
    """A bundle of the example family, as the engine makes it."""
    return make_record(ENGINE, make_draft((NAME,), seed, difficulty))


def spoiled(record, *, commands=None, verify=None, **stages):
    """`record` with other commands, with a line put into each check, or with other stages."""
    if commands is not None:
        stages["solution"] = solution = Solution(commands=commands)
        stages["configuration"] = ENGINE.configuration(record.draft, record.environment, solution)
    if verify is not None:
        source = verify(record.verifier.source)
        assert source != record.verifier.source
        stages["verifier"] = record.verifier.model_copy(update={"source": source})
    return record.model_copy(update=stages)


def written(record, folder):
    """The record's bundle."""
    return write_bundle(record, folder)
