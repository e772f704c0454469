"""Environments, their wrappers, and vectors of them."""

from terminal_gym.env.terminal_env import TerminalEnv
from terminal_gym.env.vector import ThreadedVectorEnv, make_vec
from terminal_gym.env.wrappers import Terminus2, TextObservation

__all__ = ["TerminalEnv", "Terminus2", "TextObservation", "ThreadedVectorEnv", "make_vec"]
