"""Running agents on bundles, many episodes at once."""

from terminal_gym.evaluation.episode import play_episode
from terminal_gym.evaluation.result import EpisodeResult
from terminal_gym.evaluation.runner import episode_seed, run_episodes

__all__ = ["EpisodeResult", "episode_seed", "play_episode", "run_episodes"]
