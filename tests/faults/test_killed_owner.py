"""Python killed in the midst of 20 parallel episodes: what is left, and what `reap` leaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from census import control_groups, processes_with
from make_bundle import write_bundle

from terminal_gym.cli.main import run_cli
from terminal_gym.env import TerminalEnv
from terminal_gym.sandbox.base import SandboxSpec

pytestmark = pytest.mark.alone
EPISODES = 20
# Each episode has a program in the foreground, a daemon, and files being copied into it.
OWNER = """
import os, sys, threading, time
from terminal_gym.env import TerminalEnv
bundle, backend, word, count = *sys.argv[1:4], int(sys.argv[4])
ready = threading.Barrier(count + 1)

def play():
    env = TerminalEnv(bundle, backend=backend, step_timeout_s=0.3)
    env.reset()
    env.step(f"export WORD={word}; (trap '' HUP TERM; setsid sleep 1000 &>/dev/null &)")
    env.step("head -c 3M /dev/urandom > /app/file; sleep 1000")
    ready.wait()
    while True:
        env._sandbox.write_file("/app/copied", os.urandom(1 << 20))

for _ in range(count):
    threading.Thread(target=play, daemon=True).start()
ready.wait()
time.sleep(0.5)
print("ready", flush=True)
time.sleep(1000)
"""


def wait_until(condition, patience_s=30.0):
    end = time.monotonic() + patience_s
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


def left_by(pid, word, temporary, scratch):
    """All that can be seen of a dead owner, by kind."""
    found = {
        "processes": sorted(processes_with(word)),
        "control groups": control_groups(f"{pid}."),
        "temporary folders": list(temporary.iterdir()),
        "scratch folders": list(scratch.iterdir()),
        "mounts": [
            line
            for mounts in Path("/proc").glob("[0-9]*/mountinfo")
            for line in _lines(mounts)
            if str(scratch) in line
        ],
    }
    return {kind: things for kind, things in found.items() if things}


def _lines(path):
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("backend", "disk"),
    [
        ("namespace", "memory"),
        ("namespace", "scratch"),
        pytest.param("docker", "memory", marks=pytest.mark.docker),
    ],
    indirect=["backend"],
)
def test_nothing_is_left_of_a_killed_owner(backend, disk, tmp_path, monkeypatch, capsys):
    temporary, scratch = tmp_path / "tmp", tmp_path / "scratch"
    temporary.mkdir()
    scratch.mkdir()
    word = f"killed{os.urandom(8).hex()}"
    bundle = write_bundle(tmp_path / "bundle")
    environment = {**os.environ, "TMPDIR": str(temporary)}
    if disk == "scratch":
        environment["TERMINAL_GYM_SCRATCH"] = str(scratch)
    survivor = TerminalEnv(bundle, backend=backend.name)
    survivor.reset()
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(bundle), backend.name, word, str(EPISODES)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert owner.stdout.readline() == "ready\n"
        assert wait_until(lambda: len(processes_with(word)) >= 2 * EPISODES)
        owner.kill()
        owner.wait()
        if backend.name == "namespace":  # its sandboxes die with their owner, reaped or not
            assert wait_until(lambda: not processes_with(word))
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        if disk == "scratch":
            monkeypatch.setenv("TERMINAL_GYM_SCRATCH", str(scratch))
        assert run_cli(["reap"]) == 0
        said = capsys.readouterr().out
        # The last of a dying sandbox's mounts may take the kernel a moment on a busy machine.
        wait_until(lambda: not left_by(owner.pid, word, temporary, scratch))
        assert left_by(owner.pid, word, temporary, scratch) == {}, said
        assert int(said.splitlines()[-1].split()[0]) >= 1
        observation, *_ = survivor.step("echo still here")
        assert observation["output"] == "still here\n"
    finally:
        survivor.close()
        owner.stdout.close()
        if owner.poll() is None:
            owner.send_signal(signal.SIGKILL)
            owner.wait()


def test_what_living_owners_have_is_not_reaped(backend, tmp_path):
    image = backend.prepare(
        TerminalEnv(write_bundle(tmp_path / "b"), backend.name).bundle.image_source
    )
    box = backend.start(image, SandboxSpec())
    try:
        assert run_cli(["reap"]) == 0
        assert box.run(["echo", "here"]).output == b"here\n"
    finally:
        box.close()
