"""What a run may cost, before it is begun: `--dry-run`.

Prompts are rendered for the first hand, with stand-ins of usual length where a model's words would
be. How often each stage is asked, and how long replies are, are guesses, and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal_gym.agents.llm_client import Prices
from terminal_gym_generator.llm.prompts import Prompts

CHARACTERS_PER_TOKEN = 4
ADMITTED = 0.5
"""The guess of how many drafts are admitted; the others cost as much."""
_REPEATS = 1.5
"""The guess of how often the costly stages are done, repairs included."""


@dataclass(frozen=True)
class StageGuess:
    """How one stage is usually asked.

    Attributes:
        turns: Calls; in a conversation each reads all that went before.
        inserted: Characters that the template holds of earlier stages' work.
        reply: Tokens of one reply.
        shown: Tokens of what a machine prints in one turn.
        repeated: Whether repairs do it again.
    """

    turns: int
    inserted: int
    reply: int
    shown: int = 0
    repeated: bool = False


STAGES: Mapping[str, StageGuess] = {
    "draft": StageGuess(1, 1_500, 300),
    "feasibility": StageGuess(1, 1_200, 300),
    "instruction": StageGuess(1, 1_200, 700),
    "environment": StageGuess(1, 5_000, 3_500, repeated=True),
    "solution": StageGuess(14, 3_000, 250, shown=400, repeated=True),
    "configuration": StageGuess(1, 3_000, 100),
    "verifier": StageGuess(10, 16_000, 500, shown=400, repeated=True),
    "attack": StageGuess(1, 9_000, 1_200),
    "refine": StageGuess(3, 22_000, 1_200, repeated=True),
    "diagnose": StageGuess(1, 14_000, 250),
}


@dataclass(frozen=True)
class Estimate:
    """Tokens of a run."""

    drafts: int
    calls: int
    prompt_tokens: int
    completion_tokens: int

    def usd(self, prices: Prices) -> float:
        """Dollars, where nothing is read from the server's cache."""
        return prices.cost(self.prompt_tokens, self.completion_tokens, 0)


def estimate(prompts: Prompts, count: int) -> Estimate:
    """A guess for `count` admitted tasks."""
    drafts = max(count, round(count / ADMITTED))
    calls = read = written = 0.0
    system = len(prompts.source("system.md"))
    for stage, guess in STAGES.items():
        often = drafts * (_REPEATS if guess.repeated else 1)
        opening = system + len(prompts.source(f"{stage}.md")) + guess.inserted
        step = guess.reply + guess.shown
        conversation = guess.turns * opening / CHARACTERS_PER_TOKEN
        conversation += step * guess.turns * (guess.turns - 1) / 2
        calls += often * guess.turns
        read += often * conversation
        written += often * guess.turns * guess.reply
    return Estimate(drafts, round(calls), round(read), round(written))
