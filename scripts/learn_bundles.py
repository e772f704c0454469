"""Bundles for `make learn`: instances of a few families, training apart from held out.

    python scripts/learn_bundles.py FOLDER --families ssh-intrusion,token-leak --train 64

Seeds of held-out instances are never used for training. The gates are the generator's business
(`terminal-gym generate`); here the reference solution is run on each instance, as expert.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.domain import builtin_domains
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine, make_draft

HELD_OUT_FROM = 3_000_000
"""Sizes and rates were chosen on instances from 500,000 on, which `--held-out-from` makes.

They were changed after a run that was measured on instances from 2,000,000 on.
"""


def main() -> None:
    """Write FOLDER/train and FOLDER/held_out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--families", required=True, help="names, separated by commas")
    parser.add_argument("--train", type=int, default=64, help="instances of each family")
    parser.add_argument("--held-out", type=int, default=32, help="instances of each family")
    parser.add_argument("--held-out-from", type=int, default=HELD_OUT_FROM, help="first seed")
    parser.add_argument("--difficulty", type=int, default=1)
    options = parser.parse_args()
    engine = FamiliesEngine(builtin_domains())
    for part, count, start in (
        ("train", options.train, 0),
        ("held_out", options.held_out, options.held_out_from),
    ):
        for family in options.families.split(","):
            for seed in range(start, start + count):
                draft = make_draft((family,), seed, options.difficulty)
                if not (options.folder / part / draft.id / "task.toml").is_file():
                    write_bundle(make_record(engine, draft), options.folder / part)


if __name__ == "__main__":
    main()
