"""Many episodes at once end with what they began with.

TERMINAL_GYM_SOAK sets how many (default 200; 2,000 for a long run).
"""

import os
import resource

import pytest
from census import at_rest, settled
from make_bundle import write_bundle

from terminal_gym.evaluation import run_episodes
from terminal_gym.sandbox import BACKENDS, get_backend

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


@pytest.fixture
def fresh_backend(backend, monkeypatch):
    """Makes backends that nothing else uses, so that each can be drained when it has been used."""
    made = []

    def make():
        name = f"soaked-{len(made)}"
        monkeypatch.setitem(BACKENDS, name, BACKENDS[backend.name])
        made.append(get_backend(name))
        return name, made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(120 + EPISODES * 3)
def test_nothing_is_left_of_many_episodes(backend, fresh_backend, tmp_path):
    bundle = str(write_bundle(tmp_path / "bundle"))
    count = EPISODES if backend.name == "namespace" else min(EPISODES, 40)

    def run(episodes):
        name, own = fresh_backend()
        out = tmp_path / f"{name}.jsonl"
        results = run_episodes(
            [bundle], Untidy, episodes=episodes, concurrency=PARALLEL, backend=name, out=out
        )
        own.close()  # with its spares, its helpers and its connections
        wrong = [(r.reward, r.fault) for r in results if r.reward != 1.0 or not r.valid]
        assert wrong == []
        out.unlink()

    run(PARALLEL)  # what is made once, is made
    before = at_rest()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(count)
    assert settled(before) == before
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < _GROWTH_KB
