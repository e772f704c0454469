"""Running agents on bundles, many episodes at once, and measuring them."""

from terminal_gym.evaluation.compare import Comparison, compare
from terminal_gym.evaluation.episode import play_episode
from terminal_gym.evaluation.estimates import Estimate, mean_over_tasks, pass_at_k
from terminal_gym.evaluation.evaluate import attempt_seed, evaluate, read_results
from terminal_gym.evaluation.manifest import (
    Manifest,
    Task,
    load_tasks,
    make_manifest,
    read_manifest,
    refuse_drift,
)
from terminal_gym.evaluation.result import EpisodeResult
from terminal_gym.evaluation.runner import Job, episode_seed, run_episodes, run_jobs
from terminal_gym.evaluation.summary import Results, TaskOutcome, summarize

__all__ = [
    "Comparison",
    "EpisodeResult",
    "Estimate",
    "Job",
    "Manifest",
    "Results",
    "Task",
    "TaskOutcome",
    "attempt_seed",
    "compare",
    "episode_seed",
    "evaluate",
    "load_tasks",
    "make_manifest",
    "mean_over_tasks",
    "pass_at_k",
    "play_episode",
    "read_manifest",
    "read_results",
    "refuse_drift",
    "run_episodes",
    "run_jobs",
    "summarize",
]
