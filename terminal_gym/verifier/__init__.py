"""The verifier: from what an agent left to a verdict."""

from terminal_gym.verifier.combine import combine, shortfall
from terminal_gym.verifier.separate import prepare_verifiers
from terminal_gym.verifier.verdict import Verdict
from terminal_gym.verifier.verify import verify

__all__ = ["Verdict", "combine", "prepare_verifiers", "shortfall", "verify"]
