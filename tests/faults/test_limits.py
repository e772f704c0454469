"""The host at its limits: no more processes, no more disk for the recording."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from make_bundle import write_bundle

from terminal_gym.episodes import EpisodeWriter, read_episodes
from terminal_gym.errors import RecordingFault, ResourceFault
from terminal_gym.evaluation import run_episodes
from terminal_gym.sandbox.base import ImageSource
from terminal_gym.sandbox.namespace.backend import NamespaceBackend

# Starts environments until the host gives no more, then goes on with those that it has.
CROWD = """
import json, sys
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import Fault
bundle, join = sys.argv[1:]
open(join, "w").write("0")  # with the launcher that is started below
env = TerminalEnv(bundle, backend="namespace")
env.reset()
envs, faults = [env], []
for _ in range(80):
    env = TerminalEnv(bundle, backend="namespace")
    try:
        env.reset()
    except Fault as fault:
        faults.append(type(fault).__name__)
        if len(faults) == 3:
            break
    else:
        envs.append(env)
answers = [env.step("echo $((6 * 7))")[0]["output"] for env in envs]
for env in envs[len(envs) // 2:]:
    env.close()
env = envs[0]
env.step("touch done")
_, reward, _, _, info = env.step("exit")
env.reset()
again = env.step("echo again")[0]["output"]
print(json.dumps([len(envs), faults, answers, reward, info["fault"], again]))
"""


@pytest.fixture
def few_processes():
    """The `cgroup.procs` of a group that may hold 60 processes and threads."""
    v2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    parent = Path("/sys/fs/cgroup") if v2 else Path("/sys/fs/cgroup/pids")
    folder = parent / f"few-processes-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "pids.max").write_text("60")
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()
        pytest.skip(f"needs a writable pids control group: {error}")
    yield folder / "cgroup.procs"
    for pid in (folder / "cgroup.procs").read_text().split():
        os.kill(int(pid), 9)
    folder.rmdir()


@pytest.mark.timeout(300)
def test_host_at_its_process_limit(namespace_backend, few_processes, tmp_path):
    bundle = write_bundle(tmp_path / "bundle")
    done = subprocess.run(
        [sys.executable, "-c", CROWD, str(bundle), str(few_processes)],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    started, faults, answers, reward, fault, again = json.loads(done.stdout)
    assert len(faults) == 3 and set(faults) <= {"SandboxFault", "ResourceFault"}
    assert started > 5
    assert answers == ["42\n"] * started  # those that run are not disturbed
    assert (reward, fault, again) == (1.0, None, "again\n")


@pytest.fixture
def small_disk(tmp_path):
    """A file system with 64 KiB left."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"needs to mount: {made.stderr.decode()}")
    (folder / "other").write_bytes(bytes(64 << 10))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class Talker:
    """Fills its recording."""

    name = "talker"

    def __init__(self):
        self.actions = iter(["seq 1 6000", "touch done", "exit"])

    def reset(self, observation, info):
        pass

    def act(self, observation):
        return next(self.actions)

    def close(self):
        pass


def test_disk_full_under_the_recording(backend, small_disk, tmp_path, monkeypatch):
    spill = tmp_path / "spill"
    spill.mkdir()
    bundle = str(write_bundle(tmp_path / "bundle"))
    out = small_disk / "episodes.jsonl"
    with EpisodeWriter(out, spill_dir=spill) as writer:
        results = run_episodes(
            [bundle], Talker, episodes=6, concurrency=3, backend=backend.name, out=writer
        )
        assert [result.reward for result in results] == [1.0] * 6
        unrecorded = [result for result in results if result.unrecorded]
        assert {result.unrecorded.type for result in unrecorded} == {"RecordingFault"}
        assert len(unrecorded) > 0
        recorded = list(read_episodes(out))
        spilled = [one for file in spill.iterdir() for one in read_episodes(file)]
        assert len(recorded) == 6 - len(unrecorded)
        told = {one.trajectory_id for one in [*recorded, *spilled]}
        assert told == {result.trajectory_id for result in results}
        (small_disk / "other").unlink()
        run_episodes([bundle], "nop", backend=backend.name, out=writer)
    assert len(list(read_episodes(out))) == len(recorded) + 1


def test_disk_full_everywhere(namespace_backend, small_disk, tmp_path):
    """With no place to spill to, episodes wait in memory, and the caller hears of it."""
    bundle = str(write_bundle(tmp_path / "bundle"))
    out = small_disk / "episodes.jsonl"
    writer = EpisodeWriter(out, spill_dir=small_disk)
    results = run_episodes([bundle], Talker, episodes=4, backend="namespace", out=writer)
    assert [result.reward for result in results] == [1.0] * 4
    assert writer.unwritten == sum(result.unrecorded is not None for result in results) > 0
    (small_disk / "other").unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    writer.close()
    assert len(list(read_episodes(out))) == 4
    with pytest.raises(RecordingFault):
        EpisodeWriter(small_disk / "episodes.jsonl" / "below-a-file")


def test_disk_full_under_a_build(namespace_backend, small_disk, tmp_path, monkeypatch):
    """Whatever the failing step says of it."""
    monkeypatch.setenv("TERMINAL_GYM_CACHE", str(small_disk))
    bundle = write_bundle(tmp_path / "bundle")
    with (bundle / "environment/Dockerfile").open("a") as file:
        file.write("RUN head -c 64M /dev/zero > /big || { echo something else; exit 3; }\n")
    backend = NamespaceBackend()
    with pytest.raises(ResourceFault, match="the disk that images are built on is full") as caught:
        backend.prepare(ImageSource(context=bundle / "environment"))
    backend.close()
    assert "TERMINAL_GYM_CACHE" in caught.value.remedy
