"""Randomness that depends on nothing but its key.

Every generator comes from SHA-256 over its whole key, never from sums: neighbouring seeds of
`Random(seed + index)` give shifted copies of one stream.
"""

from __future__ import annotations

import hashlib
import json
from random import Random


def digest(*key: str | int) -> str:
    """The hex SHA-256 of a key; equal keys, equal digests, on every machine."""
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()


def rng_for(*key: str | int) -> Random:
    """A generator for `key`, for example `(family, seed, difficulty, "world")`."""
    return Random(int(digest(*key)[:32], 16))
