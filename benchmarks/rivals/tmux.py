"""tmux: send-keys, wait for the command's end, capture the pane."""

from __future__ import annotations

import os
import shutil
import subprocess


class Tmux:
    """A bash in a tmux session of a server of its own."""

    def __init__(self) -> None:
        self._server = f"terminal-gym-bench-{os.getpid()}"
        self._call("new-session", "-d", "-s", "bench", "bash --noprofile --norc")

    @staticmethod
    def available() -> str:
        """Empty, or why it cannot be measured here."""
        return "" if shutil.which("tmux") else "tmux is not installed"

    def run(self, command: str) -> None:
        """One command, as harnesses do it."""
        self._call("send-keys", "-t", "bench", f"{command}; tmux -L {self._server} wait -S done")
        self._call("send-keys", "-t", "bench", "Enter")
        self._call("wait", "done")
        self._call("capture-pane", "-p", "-t", "bench")

    def close(self) -> None:
        """End the server."""
        self._call("kill-server")

    def _call(self, *arguments: str) -> None:
        command = ["tmux", "-L", self._server, "-f", "/dev/null", *arguments]
        subprocess.run(command, check=True, capture_output=True)
