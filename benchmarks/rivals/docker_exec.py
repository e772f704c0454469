"""The docker command line: a container to start, and a process per command."""

from __future__ import annotations

import subprocess


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def run_once(image: str) -> None:
    """`docker run`: a container made, started, ended and removed."""
    _docker("run", "--rm", "--network", "none", image, "bash", "-c", ":")


class ExecPerCommand:
    """A container in which every command is a `docker exec`."""

    def __init__(self, image: str) -> None:
        self._id = _docker("run", "-d", "--rm", "--network", "none", image, "sleep", "infinity")

    def run(self, command: str) -> None:
        """One command."""
        _docker("exec", self._id, "bash", "-c", command)

    def close(self) -> None:
        """Remove the container."""
        _docker("rm", "-f", self._id)
