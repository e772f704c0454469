"""vector: our threads beside Gymnasium's processes, 32 environments in step."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from gymnasium.vector import AsyncVectorEnv

from benchmarks.measure import Plan, Row, compare, in_turn, stopwatch
from benchmarks.world import open_env, small_bundle
from terminal_gym.env import ThreadedVectorEnv

THREADS, PROCESSES = "ThreadedVectorEnv", "Gymnasium's AsyncVectorEnv"


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """One step of all of them, namespace."""
    if "namespace" not in backends:
        return []
    count = plan.some(32, 4)
    with ExitStack() as stack:
        bundle = small_bundle(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        make = [partial(open_env, bundle, "namespace")] * count
        processes = AsyncVectorEnv(make, shared_memory=False)
        stack.callback(processes.close)
        threads = ThreadedVectorEnv(make)
        stack.callback(threads.close)
        timed = {}
        for name, vector in ((THREADS, threads), (PROCESSES, processes)):
            vector.reset()
            actions = tuple(":" for _ in range(count))
            timed[name] = stopwatch(partial(vector.step, actions), 5)
        samples = in_turn(timed, plan.rounds)
    rows = compare("vector", THREADS, samples, {})
    return [row.model_copy(update={"ours": f"{THREADS}, {count} environments"}) for row in rows]
