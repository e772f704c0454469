"""Agents: what acts in an environment, and finding one by its name."""

from terminal_gym.agents.base import Agent
from terminal_gym.agents.table import AGENTS, agent_names, make_agent

__all__ = ["AGENTS", "Agent", "agent_names", "make_agent"]
