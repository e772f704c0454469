"""One run of a task's tests in a sandbox that only the verifier uses, and what they said."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from terminal_gym.bundle.steps import Grading
from terminal_gym.bundle.variables import resolve_env
from terminal_gym.errors import VerifierTimeout
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym.terminal.output import clean
from terminal_gym.verifier.verdict import main_reward, read_report, read_rewards

_OUTPUT_TAIL = 20_000
_MAX_REPORT = 4 << 20
# What the verifier writes is nobody else's to read or write; /logs/artifacts is the agent's word.
_LOGS = (
    "rm -rf /logs/verifier && mkdir -p /logs/verifier /logs/agent /logs/artifacts"
    " && chmod +x /tests/test.sh && "
)
_FOR_ROOT = "chmod 700 /logs /tests && "
_FOR_USER = 'chown -R "$1" /logs/verifier /tests && chmod 700 /logs/verifier /tests'
# The working folder is the agent's: it may be gone, or no folder any more.
_RUN = '{ cd -- "$0" 2>/dev/null || cd /; } && exec /tests/test.sh'


@dataclass(frozen=True)
class TestsRun:
    """What the tests said; the fields are those of `Verdict`."""

    reward: float
    rewards: dict[str, float]
    checks: dict[str, bool]
    skipped: list[str]
    output: str


def run_tests(fresh: Sandbox, grading: Grading, workdir: str, label: str) -> TestsRun:
    """Put the tests in place, run them, and read their rewards when all processes are dead.

    Args:
        fresh: A sandbox in which no process of the agent has ever run; dead afterwards.
        grading: How to run them.
        workdir: Where.
        label: The task's name, for messages.

    Raises:
        VerifierFault: They gave no usable reward.
        VerifierTimeout: They outlived their limit.
    """
    _put_tests(fresh, grading.tests)
    strict = grading.mode == "state"
    user = grading.user or ("root" if strict else fresh.image.user)
    script = _RUN
    if user in ("root", "0"):
        script = _LOGS + _FOR_ROOT + _RUN  # in one go: starting a program takes an engine its time
    else:
        fresh.run(["/bin/sh", "-c", _LOGS + _FOR_USER, "sh", user], cwd="/", user="root")
    result = fresh.run(
        ["/bin/bash", "-c", script, workdir],
        cwd="/",
        env=resolve_env(grading.env, grading.machine.file, "verifier.env"),
        user=user,
        timeout_s=grading.timeout_s,
        max_output=_MAX_REPORT,
        clean_env=strict,  # any other task may rely on its image's variables
    )
    output = clean(result.output)[-_OUTPUT_TAIL:]
    if result.timed_out:
        raise VerifierTimeout(
            f"{label}: the verifier did not end within {grading.timeout_s:g} s",
            remedy="raise [verifier] timeout_sec, or mend tests/test.sh",
        )
    fresh.kill_all()  # nothing may write a reward any more
    rewards = read_rewards(fresh.read_file, output)
    checks, skipped = read_report(lambda path: fresh.read_file(path, max_bytes=_MAX_REPORT))
    return TestsRun(main_reward(rewards), rewards, checks, skipped, output)


def _put_tests(fresh: Sandbox, folders: tuple[Path, ...]) -> None:
    if len(folders) == 1:
        fresh.copy_in(folders[0], "/tests")
    elif folders:
        with owned_folder() as holder:
            for folder in folders:
                shutil.copytree(folder, holder / "tests", symlinks=True, dirs_exist_ok=True)
            fresh.copy_in(holder / "tests", "/tests")
