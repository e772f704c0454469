"""Terminal-Bench 1 tasks as bundles, which are Harbor tasks.

Source of the facts: the `terminal-bench` package (0.2.18): `handlers/trial_handler.py` for
task.yaml, `terminal/` for docker-compose.yaml, solution.yaml and the T_BENCH_* variables,
`parsers/` for what counts as passed.
"""

from terminal_gym.importers.terminal_bench.convert import Converted, convert_folder, convert_task

__all__ = ["Converted", "convert_folder", "convert_task"]
