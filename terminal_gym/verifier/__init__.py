"""The verifier: from what an agent left to a verdict."""

from terminal_gym.verifier.verdict import Verdict
from terminal_gym.verifier.verify import verify

__all__ = ["Verdict", "verify"]
