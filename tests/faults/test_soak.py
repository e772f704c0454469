"""Many episodes at once end with what they began with.

TERMINAL_GYM_SOAK sets how many (default 200; 2,000 for a long run).
"""

import os
import resource

import pytest
from census import census, settled
from make_bundle import write_bundle

from terminal_gym.evaluation import run_episodes

EPISODES = int(os.environ.get("TERMINAL_GYM_SOAK", "200"))
PARALLEL = 16
_GROWTH_KB = 120 << 10  # of Python's peak memory, over a warm start; episodes keep nothing


class Untidy:
    """Solves the task, and leaves daemons, jobs, open files and a program in the foreground."""

    name = "untidy"

    def __init__(self):
        self.actions = iter(
            [
                "touch done; (trap '' HUP TERM; setsid sleep 1000 &>/dev/null &)",
                "sleep 1000 & mkfifo /tmp/pipe; cat /tmp/pipe & exec 9> /tmp/open; true",
                "head -c 2000000 /dev/urandom > /app/noise; cat /app/noise | head -c 300000",
                "exit",
                "exit",
            ]
        )

    def reset(self, observation, info):
        pass

    def act(self, observation):
        return next(self.actions)

    def close(self):
        pass


# Spare containers hold some, and there may have been none of them when it began; a leak is one an
# episode.
_OF_SPARES = 10


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(120 + EPISODES * 3)
def test_nothing_is_left_of_many_episodes(backend, tmp_path):
    bundle = str(write_bundle(tmp_path / "bundle"))
    count = EPISODES if backend.name == "namespace" else min(EPISODES, 40)

    def run(episodes):
        out = tmp_path / f"{episodes}.jsonl"
        results = run_episodes(
            [bundle], Untidy, episodes=episodes, concurrency=PARALLEL, backend=backend.name, out=out
        )
        wrong = [(r.reward, r.fault) for r in results if r.reward != 1.0 or not r.valid]
        assert wrong == []
        out.unlink()

    run(PARALLEL)  # what is made once, is made
    before = settled(census(), patience_s=0)
    before["descriptors"] += _OF_SPARES
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(count)
    after = settled(before)
    assert all(after[name] <= before[name] for name in before), (before, after)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < _GROWTH_KB
