"""Admission gates: what a bundle must survive before it counts.

Each gate is a function from a `Trial` to one line of detail; it raises `Rejected` to refuse. To add
one, write it in a file beside these and add a row to `GATES` in run.py.
"""

from terminal_gym_generator.gates.distance import Neighbours, read_public
from terminal_gym_generator.gates.reproducible import Remaker, digest_of
from terminal_gym_generator.gates.run import ALL_GATES, GATES, run_gates, try_gate
from terminal_gym_generator.gates.trial import Rejected, Skipped, Trial

__all__ = [
    "ALL_GATES",
    "GATES",
    "Neighbours",
    "Rejected",
    "Remaker",
    "Skipped",
    "Trial",
    "digest_of",
    "read_public",
    "run_gates",
    "try_gate",
]
