"""What breaks under an episode: a typed fault, the episode invalid, the others go on."""

import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from census import at_rest, processes_with, settled
from make_bundle import TASK, write_bundle

from terminal_gym.env import TerminalEnv
from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.namespace.client import Reply


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "bundle")


@pytest.fixture
def others(backend, bundle):
    """Two more environments, in the midst of an episode; afterwards they solve it."""
    envs = [TerminalEnv(bundle, backend=backend.name) for _ in range(2)]
    for env in envs:
        env.reset()
    yield
    for env in envs:
        env.step("touch done")
        _, reward, terminated, _, info = env.step("exit")
        env.close()
        assert (reward, terminated, info["valid"]) == (1.0, True, True)


def kill_sandbox(env):
    """From outside, as an operator or the kernel would."""
    if env.backend.name == "docker":
        command = ["docker", "rm", "-f", env._sandbox._container]
        subprocess.run(command, check=True, capture_output=True)
    else:
        os.kill(env._sandbox._pid, signal.SIGKILL)


def assert_invalid(outcome, *types):
    _, reward, terminated, truncated, info = outcome
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert (info["valid"], info["end"], info["verdict"]) == (False, "fault", None)
    assert info["fault"]["type"] in types, info["fault"]


def assert_works_again(env):
    env.reset()
    env.step("touch done")
    _, reward, *_, info = env.step("exit")
    assert (reward, info["valid"]) == (1.0, True), info["fault"]


@pytest.mark.parametrize("when", ["idle", "running"])
def test_sandbox_killed(backend, bundle, others, when):
    env = TerminalEnv(bundle, backend=backend.name)
    env.reset()
    with ThreadPoolExecutor(1) as pool:
        step = pool.submit(env.step, "sleep 60") if when == "running" else None
        time.sleep(0.3)
        kill_sandbox(env)
        began = time.monotonic()
        time.sleep(0.3)
        assert_invalid(step.result(20) if step else env.step("true"), "SandboxFault")
    assert time.monotonic() - began < 15
    assert_works_again(env)
    env.close()


def test_sandbox_killed_before_it_is_graded(backend, bundle, others):
    """What it left is there: dead is what the verifier wants it to be anyway."""
    env = TerminalEnv(bundle, backend=backend.name, max_steps=1)
    env.reset()
    real = env._terminal.close
    env._terminal.close = lambda: killed or (killed.append(1), kill_sandbox(env), real())
    killed = []
    outcome = env.step("touch done")
    if backend.name == "namespace":
        assert (outcome[1], outcome[4]["valid"]) == (1.0, True)
    else:
        assert_invalid(outcome, "SandboxFault")
    env.close()


def test_verifier_hangs(backend, tmp_path, others):
    word = f"hangs{os.urandom(6).hex()}"
    hanging = f"#!/bin/bash\nexport W={word}\n(trap '' TERM; setsid sleep 1000 &)\nsleep 1000\n"
    task = TASK + "[verifier]\ntimeout_sec = 2\n"
    env = TerminalEnv(
        write_bundle(tmp_path / "hangs", verifier=hanging, task=task), backend=backend.name
    )
    env.reset()
    began = time.monotonic()
    assert_invalid(env.step("exit"), "VerifierTimeout")
    assert time.monotonic() - began < 15
    env.close()
    assert processes_with(word) == set()


def test_verifier_leaves_writers(backend, tmp_path, others):
    """What a verifier started counts only until its test.sh has ended, and then dies."""
    word = f"forks{os.urandom(6).hex()}"
    forking = f"""#!/bin/bash
export W={word}
write() {{ sleep 1; while :; do echo 1 > /logs/verifier/reward.txt; done; }}
for i in 1 2 3 4; do (trap '' HUP TERM; write & disown); done
echo 0.5 > /logs/verifier/reward.txt
"""
    env = TerminalEnv(write_bundle(tmp_path / "forks", verifier=forking), backend=backend.name)
    env.reset()
    _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (0.5, None)
    env.close()
    assert processes_with(word) == set()


def test_verifier_is_a_fork_bomb(backend, tmp_path, others):
    word = f"bomb{os.urandom(6).hex()}"
    bomb = f"#!/bin/bash\nexport W={word}\nbomb() {{ bomb | bomb & }}\nbomb\nsleep 1000\n"
    task = TASK + "[verifier]\ntimeout_sec = 3\n"
    env = TerminalEnv(
        write_bundle(tmp_path / "bomb", verifier=bomb, task=task), backend=backend.name
    )
    env.reset()
    assert_invalid(env.step("exit"), "VerifierTimeout", "VerifierFault")
    env.close()
    assert processes_with(word) == set()


def test_launcher_killed(namespace_backend, bundle):
    """The helper process of the namespace backend is replaced; what it had started lives on."""
    env = TerminalEnv(bundle, backend="namespace")
    env.reset()
    before = at_rest()
    env.step("touch done")
    launcher = namespace_backend._launcher._process.pid
    os.kill(launcher, signal.SIGKILL)
    os.waitid(os.P_PID, launcher, os.WEXITED | os.WNOWAIT)  # it is dead, and not yet found to be
    observation, *_ = env.step("echo here")
    assert observation["output"] == "here\n"
    _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (1.0, None)
    assert_works_again(env)
    env.close()
    after = settled(before)
    assert all(after[name] <= before[name] for name in before), (before, after)


def test_launcher_that_does_not_answer():
    """On a host that is overloaded, say."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(SandboxFault, match=r"no answer within 0\.05 s"):
        Reply(ours).read(0.05)


def test_launcher_killed_while_many_start(namespace_backend, bundle):
    """Every episode ends with a verdict or a typed fault, and none hangs."""
    envs = [TerminalEnv(bundle, backend="namespace") for _ in range(8)]

    def play(env):
        results = []
        for _ in range(6):
            try:
                env.reset()
                env.step("touch done")
                _, reward, *_, info = env.step("exit")
                results.append(info["fault"]["type"] if info["fault"] else reward)
            except Exception as error:
                results.append(type(error).__name__)
        return results

    with ThreadPoolExecutor(len(envs)) as pool:
        running = [pool.submit(play, env) for env in envs]
        for _ in range(4):
            time.sleep(0.3)
            process = namespace_backend._launcher._process
            if process is not None:
                os.kill(process.pid, signal.SIGKILL)
        results = [result for future in running for result in future.result(60)]
    for env in envs:
        env.close()
    assert set(results) <= {1.0, "SandboxFault", "ResourceFault"}, results
    assert 1.0 in results
    assert_works_again(envs[0])
    envs[0].close()
