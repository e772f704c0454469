"""SWE-ReX's local session, in a process and a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from terminal_gym.sandbox.cache import cache_folder

_PACKAGE = "swe-rex>=1.2,<2"
# Reads how many commands to run; answers with the seconds that they took.
_SERVER = """
import asyncio, logging, sys, time
logging.disable(logging.CRITICAL)
from swerex.deployment.local import LocalDeployment
from swerex.runtime.abstract import BashAction, CreateBashSessionRequest

async def main():
    deployment = LocalDeployment()
    await deployment.start()
    runtime = deployment.runtime
    await runtime.create_session(CreateBashSessionRequest(startup_timeout=60))
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            await runtime.run_in_session(BashAction(command=":"))
        print(time.perf_counter() - began, flush=True)
    await deployment.stop()

asyncio.run(main())
"""


class SweRex:
    """A local SWE-ReX session."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(_python()), "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._answer()

    @staticmethod
    def available() -> str:
        """Empty, or why it cannot be measured here; installs it on first use."""
        try:
            _python()
        except (OSError, subprocess.SubprocessError) as error:
            return f"SWE-ReX cannot be installed: {str(error)[:80]}"
        return ""

    def seconds(self, commands: int) -> float:
        """How long so many commands take, measured beside the session."""
        assert self._process.stdin is not None
        print(commands, file=self._process.stdin, flush=True)
        return float(self._answer())

    def close(self) -> None:
        """End the session."""
        self._process.communicate(timeout=30)

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the SWE-ReX process ended")
        return line.strip()


def _python() -> Path:
    """The interpreter of a virtual environment that has SWE-ReX, made on demand."""
    folder = cache_folder() / "benchmarks" / f"swe-rex-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    done = folder / ".installed"
    if not done.exists():
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "-q", _PACKAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        done.touch()
    return python
