"""The process that makes bundles again: drafts in, digests out; see reproducible.py."""

from __future__ import annotations

import sys

from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.gates.reproducible import digest_of
from terminal_gym_generator.records import Draft


def serve() -> None:
    """Answer each line of standard input, a draft, until it ends."""
    engine = FamiliesEngine({})
    for line in sys.stdin:
        try:
            answer = digest_of(make_record(engine, Draft.model_validate_json(line)))
        except Exception as error:  # the answer says what went wrong
            answer = f"{type(error).__name__}: {' '.join(str(error).split())}"
        print(answer, flush=True)


if __name__ == "__main__":
    serve()
