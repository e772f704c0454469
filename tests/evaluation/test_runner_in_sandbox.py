"""The runner with the real environment, on the namespace backend."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from terminal_gym.episodes import read_episodes, shown_of
from terminal_gym.evaluation import run_episodes

SCHEMA = Path(__file__).parents[1] / "episodes" / "atif-v1.8.schema.json"
SOLUTION = """\
#!/bin/bash
set -euo pipefail
# Look where we are.
pwd
cat > greeting.txt <<EOF
hello! $WHO
EOF
cat > Makefile <<'END'
all:
\tprintf "done!now"
END
cp /solution/data.txt .
for n in 1 2 3; do
  echo $n >> numbers.txt
done
printf '\\033[31mred\\033[0m\\n'
"""
VERIFIER = """\
#!/bin/bash
cd /app
if grep -q "hello! it's me" greeting.txt && grep -qP '^\\tprintf "done!now"' Makefile &&
   cmp data.txt <(echo data) && [ "$(cat numbers.txt)" = $'1\\n2\\n3' ]
then echo 1; else echo 0; fi > /logs/verifier/reward.txt
"""
TASK = """\
schema_version = "1.4"
[task]
name = "test/greet"
[metadata.terminal_gym]
state = ["/app"]
[environment]
workdir = "/app"
[solution.env]
WHO = "it's me"
"""


@pytest.fixture(scope="module", autouse=True)
def _usable(namespace_backend):
    pass


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "greet"
    for part in ("environment", "tests", "solution"):
        (folder / part).mkdir(parents=True)
    (folder / "task.toml").write_text(TASK)
    (folder / "instruction.md").write_text("Write the files.")
    (folder / "environment" / "Dockerfile").write_text("FROM debian:bookworm-slim\nWORKDIR /app\n")
    (folder / "tests" / "test.sh").write_text(VERIFIER)
    (folder / "solution" / "solve.sh").write_text(SOLUTION)
    (folder / "solution" / "data.txt").write_text("data\n")
    return str(folder)


def run(bundle, agent, tmp_path, **options):
    out = tmp_path / "episodes.jsonl"
    return run_episodes([bundle], agent, out=out, backend="namespace", **options), out


def test_oracle_solves_step_by_step_and_nop_does_not(bundle, tmp_path):
    (solved,), out = run(bundle, "oracle", tmp_path)
    (unsolved,), _ = run(bundle, "nop", tmp_path)
    assert (solved.reward, solved.valid, solved.steps) == (1.0, True, 8)
    assert (unsolved.reward, unsolved.valid, unsolved.steps) == (0.0, True, 1)
    episode, _ = read_episodes(out)
    assert shown_of(episode.rounds[1]) == "/app\n"
    assert episode.rounds[1].message == "Look where we are."
    red = episode.rounds[-2]
    assert shown_of(red) == "red\n"
    assert red.extra.raw_output() == b"\x1b[31mred\x1b[0m\r\n"
    assert episode.extra.backend == solved.backend == "namespace"
    assert solved.timing.verifier_s > 0


def test_a_real_recording_is_valid_atif(bundle, tmp_path):
    _, out = run(bundle, "oracle", tmp_path)
    for line in out.read_text().splitlines():
        jsonschema.validate(json.loads(line), json.loads(SCHEMA.read_text()))


def test_a_run_as_one_script_solves_too(bundle, tmp_path):
    from terminal_gym.agents import make_agent

    (result,), _ = run(bundle, lambda: make_agent("oracle", whole=True), tmp_path)
    assert (result.reward, result.steps) == (1.0, 3)


def test_episodes_at_once_do_not_meet(bundle, tmp_path):
    results, out = run(bundle, "oracle", tmp_path, episodes=8, concurrency=4)
    assert [r.reward for r in results] == [1.0] * 8
    assert len(list(read_episodes(out))) == 8


def test_a_verifier_without_reward_is_a_fault_not_a_zero(bundle, tmp_path):
    Path(bundle, "tests", "test.sh").write_text("#!/bin/bash\nexit 0\n")
    (result,), out = run(bundle, "oracle", tmp_path)
    assert (result.reward, result.valid, result.end) == (None, False, "fault")
    assert result.fault.type == "VerifierFault"
    (episode,) = read_episodes(out)
    assert len(episode.rounds) == 8, "the trajectory itself is kept"
    assert not episode.extra.valid


class Sleeper:
    name = "sleeper"

    def __init__(self, mark):
        self.mark = mark

    def reset(self, observation, info):
        pass

    def act(self, observation):
        return f"sleep {self.mark}"

    def close(self):
        pass


def test_an_interrupt_leaves_no_process_and_no_thread(bundle, tmp_path):
    mark = f"{1000 + os.getpid() % 1000}.{time.time_ns() % 10**6}"
    before = threading.active_count()
    options = {"step_timeout_s": 60.0}
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(
            bundle,
            lambda: Sleeper(mark),
            tmp_path,
            episodes=4,
            concurrency=3,
            env_options=options,
        )
    assert time.monotonic() - began < 20
    timer.join()
    assert threading.active_count() == before
    assert subprocess.run(["pgrep", "-f", f"sleep {mark}"]).returncode == 1
    recorded = list(read_episodes(tmp_path / "episodes.jsonl"))
    assert [e.extra.end for e in recorded] == ["interrupted"] * 3
