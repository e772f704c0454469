"""A small environment around a real local bash, for what the runner does with any environment."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import gymnasium as gym
import pytest
from gymnasium import spaces

from terminal_gym.errors import SandboxFault

SOLUTION = """\
#!/bin/bash
set -euo pipefail
# Look where we are.
pwd
cat > greeting.txt <<'EOF'
hello
EOF
for n in 1 2 3; do
  echo $n >> numbers.txt
done
"""


class LocalBash(gym.Env[dict[str, Any], str]):
    """Rewards a folder that holds greeting.txt; ends at `exit` or after `max_steps`."""

    observation_space = spaces.Dict({})
    open_shells: ClassVar[set[int]] = set()

    def __init__(self, bundle: str, *, max_steps: int = 20, **options: Any) -> None:
        self.bundle, self.max_steps, self.options = Path(bundle), max_steps, options
        self._shell: subprocess.Popen[str] | None = None
        self._folder = ""
        self._lock = threading.Lock()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if "no-sandbox" in self.bundle.name:
            raise SandboxFault("no sandbox today", remedy="wait")
        self._folder = tempfile.mkdtemp()
        self._shell = subprocess.Popen(
            ["bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
        )
        self.open_shells.add(self._shell.pid)
        self._steps = 0
        info = {"bundle": self.bundle.name, "bundle_path": str(self.bundle), "backend": "local"}
        return self._see("", -1), info

    def step(self, action):
        self._steps += 1
        if "breaks" in self.bundle.name and self._steps == 2:
            raise SandboxFault("the sandbox died")
        output, code = self._type(action)
        terminated = code is None
        truncated = not terminated and self._steps >= self.max_steps
        observation = self._see(output, -1 if code is None else code)
        if not (terminated or truncated):
            return observation, 0.0, False, False, {}
        solved = Path(self._folder, "greeting.txt").is_file()
        end = {"valid": True, "end": "exit" if terminated else "max_steps"}
        return observation, float(solved), terminated, truncated, {**end, "verdict": {"checks": {}}}

    def copy_in_solution(self):
        shutil.copytree(self.bundle / "solution", Path(self._folder) / "solution")

    def close(self):
        with self._lock:
            shell, self._shell = self._shell, None
        if shell:
            shell.kill()
            shell.wait()
            self.open_shells.discard(shell.pid)
            shutil.rmtree(self._folder, ignore_errors=True)
            for pipe in (shell.stdin, shell.stdout):
                with suppress(OSError):
                    pipe.close()

    def _type(self, command: str) -> tuple[str, int | None]:
        nonce = secrets.token_hex(8)
        lines = []
        try:
            self._shell.stdin.write(f"{command}\necho; echo {nonce} $?\n")
            self._shell.stdin.flush()
            for line in self._shell.stdout:
                if line.startswith(nonce):
                    return "".join(lines).removesuffix("\n"), int(line.split()[1])
                lines.append(line)
        except (OSError, ValueError, AttributeError) as error:
            raise SandboxFault("the shell is gone") from error
        return "".join(lines), None

    def _see(self, output: str, code: int) -> dict[str, Any]:
        return {
            "instruction": self.bundle.joinpath("instruction.md").read_text(),
            "output": output,
            "exit_code": code,
            "cwd": self._folder,
            "running": 0,
        }


@pytest.fixture
def local_bash():
    """The environment's class; after the test none of its shells may be left."""
    yield LocalBash
    left, LocalBash.open_shells = LocalBash.open_shells, set()
    assert not left, f"{len(left)} shells were left running"


@pytest.fixture
def make_bundle(tmp_path):
    """A folder that is a valid bundle."""

    def make(name: str = "greet", solution: str | None = SOLUTION) -> str:
        folder = tmp_path / "bundles" / name
        for part in ("environment", "tests", *(["solution"] if solution else [])):
            (folder / part).mkdir(parents=True)
        (folder / "task.toml").write_text(
            'schema_version = "1.4"\n[task]\nname = "test/greet"\n'
            '[solution.env]\nWHO = "it\'s me"\n'
        )
        (folder / "instruction.md").write_text("Write greeting.txt.")
        (folder / "environment" / "Dockerfile").write_text("FROM debian:bookworm-slim\n")
        (folder / "tests" / "test.sh").write_text("echo 1 > /logs/verifier/reward.txt\n")
        if solution:
            (folder / "solution" / "solve.sh").write_text(solution)
        return str(folder)

    return make
