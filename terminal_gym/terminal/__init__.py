"""The terminal: bash on a pseudo-terminal, one shell input at a time."""

from terminal_gym.terminal.output import clean, cut
from terminal_gym.terminal.session import CommandResult, Terminal

__all__ = ["CommandResult", "Terminal", "clean", "cut"]
