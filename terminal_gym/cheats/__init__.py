"""Scripted adversaries that know everything about a task but its solution."""

from terminal_gym.cheats.cheat import Cheat, CheatResult
from terminal_gym.cheats.run import run_cheats
from terminal_gym.cheats.table import CHEATS, find_cheats

__all__ = ["CHEATS", "Cheat", "CheatResult", "find_cheats", "run_cheats"]
