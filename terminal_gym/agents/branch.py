"""Going on from the middle of a recorded episode: same-prefix branches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from terminal_gym.agents.base import Agent
from terminal_gym.episodes import AgentResponse, Episode, Step, command_of, text_of
from terminal_gym.errors import UserError


@dataclass(frozen=True)
class Prefix:
    """The first rounds of an episode."""

    steps: tuple[Step, ...]


def choose_prefixes(episodes: Iterable[Episode], seed: int = 0) -> dict[str, Prefix]:
    """For each task, one prefix of one valid episode, drawn by the seed; by the bundle's digest."""
    by_task: dict[str, list[Episode]] = {}
    for episode in episodes:
        if episode.extra.valid and len(episode.rounds) >= 2 and episode.extra.bundle_digest:
            by_task.setdefault(episode.extra.bundle_digest, []).append(episode)
    chosen = {}
    for digest, group in by_task.items():
        rng = Random(int(hashlib.sha256(f"{seed}\0{digest}".encode()).hexdigest()[:32], 16))
        rounds = rng.choice(group).rounds
        chosen[digest] = Prefix(tuple(rounds[: rng.randint(1, len(rounds) - 1)]))
    return chosen


class BranchAgent:
    """Replays a prefix of the task at hand, then lets an agent go on.

    Args:
        agent: Has a method `follow(observation, step)`, by which it takes a recorded round as its
            own.
        prefixes: By bundle digest; a task without one is played from its start.

    Raises:
        UserError: The agent cannot follow.
    """

    def __init__(self, agent: Agent, prefixes: Mapping[str, Prefix]) -> None:
        if not hasattr(agent, "follow"):
            raise UserError(
                f"agent {agent.name!r} cannot go on from a recorded prefix",
                remedy="use one with a method follow(observation, step), such as hf",
            )
        self._agent: Any = agent
        self._prefixes = prefixes
        self._left: list[Step] = []
        self.name = agent.name
        self.version = getattr(agent, "version", None)
        self.model_name = getattr(agent, "model_name", None)
        self.env_options: Mapping[str, Any] = getattr(agent, "env_options", {})
        self.last_response = AgentResponse()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Look up the task's prefix."""
        self._agent.reset(observation, info)
        prefix = self._prefixes.get(str(info.get("bundle_digest")))
        self._left = list(prefix.steps) if prefix else []

    def act(self, observation: Any) -> str:
        """The recorded action, or after the prefix the agent's own."""
        if self._left:
            step = self._left.pop(0)
            self._agent.follow(observation, step)
            self.last_response = AgentResponse(
                message=text_of(step.message),
                reasoning=step.reasoning_content,
                model_name=step.model_name,
                metrics=step.metrics,
                llm_calls=step.llm_call_count,
            )
            return command_of(step)
        action: str = self._agent.act(observation)
        self.last_response = getattr(self._agent, "last_response", None) or AgentResponse()
        return action

    def close(self) -> None:
        """Close the agent."""
        self._agent.close()
