"""Docker Compose v2, the program: what reads compose files, and starts services in their order."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from terminal_gym.errors import BackendUnavailable, BundleError, SandboxFault

_PROGRAMS = (("docker", "compose"), ("docker-compose",))
_OLDEST = 2
_ANSWER_S = 30.0
_REMEDY = (
    "install it: Docker's docker-compose-plugin, Debian 13's docker-compose, Ubuntu's "
    "docker-compose-v2"
)


class Compose:
    """See above; found when first used."""

    @cached_property
    def version(self) -> str:
        """The program's.

        Raises:
            BackendUnavailable: It is not installed.
        """
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[tuple[str, ...], str]:
        old = ""
        for program in _PROGRAMS:
            version = _version(program)
            if version and int(version.split(".")[0]) >= _OLDEST:
                return program, version
            old = old or version
        old = f" ({old} is too old)" if old else ""
        raise BackendUnavailable(f"Docker Compose v2 is not installed{old}", remedy=_REMEDY)

    def read(self, file: Path, main: str, env: Mapping[str, str]) -> dict[str, Any]:
        """A task's file in compose's full form: variables put in, short forms written out.

        Args:
            file: The file.
            main: A service that may lack an image.
            env: Variables for the file, before the host's.

        Raises:
            BundleError: Compose does not take it.
            SandboxFault: Compose does not answer.
        """
        base = json.dumps({"services": {main: {"image": "scratch"}}})
        options = ["--project-directory", str(file.parent), "-f", "-", "-f", str(file)]
        done = self._run("terminal-gym", [*options, "config", "--format", "json"], base, env)
        if done.returncode != 0:
            raise BundleError(f"{file}: {_said(done)}", remedy="mend the file")
        return dict(json.loads(done.stdout))

    def up(self, project: str, model: Mapping[str, Any], timeout_s: float) -> None:
        """Create and start all services of a model, each after those that it depends on.

        Raises:
            SandboxFault: They do not start.
        """
        argv = ["--env-file", os.devnull, "-f", "-", "up", "-d", "--no-build", "--pull", "never"]
        done = self._run(project, argv, json.dumps(model), {}, timeout_s)
        if done.returncode != 0:
            raise SandboxFault(f"services did not start: {_said(done)}")

    def _run(
        self,
        project: str,
        arguments: Sequence[str],
        stdin: str,
        env: Mapping[str, str],
        timeout_s: float = _ANSWER_S,
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*self._found[0], "--progress", "plain", "-p", project, *arguments],
                input=stdin,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                # The engine that we speak to, not one that a user has chosen for the client.
                env={**os.environ, **env, "DOCKER_CONTEXT": "default"},
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SandboxFault(f"Docker Compose did not end within {timeout_s:g} s") from error


def _version(program: Sequence[str]) -> str:
    """The version of a program; "" where it is not there."""
    try:
        done = subprocess.run(
            [*program, "version", "--short"], capture_output=True, text=True, timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.match(r"v?(\d+\..*)", done.stdout.strip())
    return match[1] if match and done.returncode == 0 else ""


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """The last that it printed which is no progress."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    told = [line for line in lines if "level=warning" not in line]
    return (told or lines or [f"exit code {done.returncode}"])[-1][:500]
