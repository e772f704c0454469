"""The least that a fresh file system and namespaces of one's own cost: unshare, mount, chroot."""

from __future__ import annotations

import os
import subprocess
import tempfile

from benchmarks.rivals.pty import BarePty

_SCRIPT = """
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
exec chroot "$1/root" bash --noprofile --norc -i
"""
_UNSHARE = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]


class Floor:
    """A bash in namespaces and an overlay over the host's root, and no more."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="terminal-gym-floor-", dir="/var/tmp")

    @staticmethod
    def available() -> str:
        """Empty, or why it cannot be measured here."""
        if os.geteuid() != 0:
            return "needs root"
        try:
            floor = Floor()
            floor.once()
            floor.close()
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:80]}"
        return ""

    def once(self) -> None:
        """From nothing to a prompt that has answered, and to nothing again."""
        shell = BarePty("unshare", [*_UNSHARE, "sh", "-c", _SCRIPT, "sh", self._folder])
        shell.close()

    def close(self) -> None:
        """Remove the mount point."""
        subprocess.run(["rmdir", self._folder], check=False)
