"""Randomness from a hash of a key, never from sums of seeds."""

from __future__ import annotations

import hashlib
from random import Random


def rng_for(seed: int, *key: str | int) -> Random:
    """A generator for this seed and key; neighbouring seeds are unrelated."""
    text = "\0".join(map(str, [seed, *key]))
    return Random(int(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32], 16))
