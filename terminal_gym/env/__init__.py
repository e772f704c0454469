"""Environments and their wrappers."""

from terminal_gym.env.terminal_env import TerminalEnv

__all__ = ["TerminalEnv"]
