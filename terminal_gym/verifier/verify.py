"""Verification: what an agent left is graded by processes it never touched.

The agent's processes are killed and its file system is left behind. A fresh sandbox is started from
the image, gets the declared state and then the tests, and runs them as root, without a network and
with a clean environment. The reward is read when all of its processes are dead.
"""

from __future__ import annotations

import time

from terminal_gym.bundle import Bundle
from terminal_gym.bundle.loader import resolve_env
from terminal_gym.errors import StorageExceeded, VerifierTimeout
from terminal_gym.sandbox.base import Backend, Image, Sandbox, SandboxSpec
from terminal_gym.terminal.output import clean
from terminal_gym.verifier.verdict import Verdict, main_reward, read_report, read_rewards

_OUTPUT_TAIL = 20_000
_MAX_REPORT = 4 << 20
_OWN_STORAGE_MB = 256
# Not the kernel's, and not what the verifier itself uses.
_NEVER_GRAFTED = {"dev", "proc", "sys", "tests", "logs", "solution", "run"}
_START = (
    "rm -rf /logs && mkdir -p /logs/verifier /logs/agent /logs/artifacts"
    " && chmod 700 /logs /tests && chmod +x /tests/test.sh"
    # The working folder is the agent's: it may be gone, or no folder any more.
    ' && { cd -- "$0" 2>/dev/null || cd /; } && exec /tests/test.sh'
)


def verify(bundle: Bundle, backend: Backend, image: Image, agent: Sandbox) -> Verdict:
    """Kill the agent's sandbox and grade what it left.

    Args:
        bundle: The task.
        backend: What made the agent's sandbox.
        image: The task's image.
        agent: The agent's sandbox; it is dead afterwards, and still the caller's to close.

    Raises:
        VerifierFault: The verifier gave no usable reward.
        VerifierTimeout: It outlived its limit.
        SandboxFault: A sandbox could not be made, or died.
    """
    began = time.monotonic()
    agent.kill_all()
    config = bundle.config.verifier
    limits = bundle.sandbox_spec.limits
    spec = SandboxSpec(
        # An agent that filled its disk must leave the verifier room to say so.
        limits=limits.model_copy(update={"storage_mb": limits.storage_mb + _OWN_STORAGE_MB}),
        network=config.network_mode == "public",
        env={},
    )
    env = resolve_env(config.env, bundle.path / "task.toml")
    fresh = backend.start(image, spec)
    try:
        paths = bundle.state or _everything(fresh)
        try:
            report = fresh.graft_state(agent, paths)
        except StorageExceeded as fault:
            return _ungradable(fault.message, bundle, began)
        fresh.copy_in(bundle.tests_dir, "/tests")
        result = fresh.run(
            ["/bin/bash", "-c", _START, bundle.config.environment.workdir or image.workdir],
            cwd="/",
            env=env,
            user=str(config.user or "root"),
            timeout_s=config.timeout_sec,
            max_output=_MAX_REPORT,
            clean_env=True,
        )
        output = clean(result.output)[-_OUTPUT_TAIL:]
        if result.timed_out:
            raise VerifierTimeout(
                f"{bundle.name}: the verifier did not end within {config.timeout_sec:g} s",
                remedy="raise [verifier] timeout_sec, or mend tests/test.sh",
            )
        fresh.kill_all()  # nothing may write a reward any more
        rewards = read_rewards(fresh.read_file, output)
        checks, skipped = read_report(lambda path: fresh.read_file(path, max_bytes=_MAX_REPORT))
    finally:
        fresh.close()
    return Verdict(
        reward=main_reward(rewards),
        rewards=rewards,
        checks=checks,
        skipped=skipped,
        output=output,
        elapsed_s=time.monotonic() - began,
        mode="state" if bundle.state else "shared",
        missing=report.missing,
        dropped=report.dropped,
    )


def _ungradable(reason: str, bundle: Bundle, began: float) -> Verdict:
    """The verdict on a state that cannot be carried over, for which the agent is to blame."""
    return Verdict(
        reward=0.0,
        rewards={"reward": 0.0},
        elapsed_s=time.monotonic() - began,
        mode="state" if bundle.state else "shared",
        dropped=[reason],
    )


def _everything(fresh: Sandbox) -> list[str]:
    """All top-level folders, for tasks that declare no state (Harbor's shared mode)."""
    listing = fresh.run(["ls", "-A", "/"], clean_env=True).output.decode().split()
    return [f"/{name}" for name in listing if name not in _NEVER_GRAFTED]
