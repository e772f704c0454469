"""Running one episode of an agent in an environment, recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terminal_gym.agents import Agent
from terminal_gym.episodes import AgentResponse, EpisodeRecorder


def play_episode(
    env: EpisodeRecorder, agent: Agent, *, seed: int, stopped: Callable[[], bool] = lambda: False
) -> None:
    """One episode to its end; `env.episode` holds it then.

    Args:
        env: The recording environment.
        agent: The agent; its `last_response` goes into the recording.
        seed: For the environment's `reset`.
        stopped: Asked before each step; true leaves the episode unfinished.
    """
    observation, info = env.reset(seed=seed)
    agent.reset(observation, info)
    if getattr(agent, "needs_solution", False):
        _give_solution(env)
    over = False
    while not over and not stopped():
        action = agent.act(observation)
        env.annotate(_response_of(agent))
        observation, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated


def _give_solution(env: EpisodeRecorder) -> None:
    """Put the reference solution into the sandbox. Here and not in `reset`, so that no agent
    gets it by an option of the environment.
    """
    base: Any = env.unwrapped
    base.copy_in_solution()


def _response_of(agent: Agent) -> AgentResponse | None:
    response = getattr(agent, "last_response", None)
    return AgentResponse.model_validate(response, from_attributes=True) if response else None
