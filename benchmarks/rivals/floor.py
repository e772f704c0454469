"""The least that a fresh file system and namespaces of one's own cost: unshare, mount, chroot."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile

_PROMPT = b"\x02ready\x03"
_SCRIPT = """
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
exec chroot "$1/root" bash --noprofile --norc -i
"""
_UNSHARE = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
_START_S = 60


class Floor:
    """A bash in namespaces and an overlay over the host's root, and no more."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="terminal-gym-floor-", dir="/var/tmp")
        self._pid, self._terminal = 0, -1

    @staticmethod
    def available() -> str:
        """Empty, or why it cannot be measured here."""
        if os.geteuid() != 0:
            return "needs root"
        floor = Floor()
        try:
            floor.renew()
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:80]}"
        finally:
            floor.close()
        return ""

    def renew(self) -> None:
        """Throw away the bash there is, and start another, up to its first prompt."""
        self._kill()
        self._pid, self._terminal = os.forkpty()
        if self._pid == 0:
            environment = {**os.environ, "PS1": _PROMPT.decode()}
            os.execvpe("unshare", [*_UNSHARE, "sh", "-c", _SCRIPT, "sh", self._folder], environment)
        printed = b""
        while _PROMPT not in printed:
            if not select.select([self._terminal], [], [], _START_S)[0]:
                raise TimeoutError(f"no prompt, but {printed!r}")
            printed += os.read(self._terminal, 4096)

    def close(self) -> None:
        """End it, and remove the mount point."""
        self._kill()
        subprocess.run(["rmdir", self._folder], check=False)

    def _kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._terminal)
            self._pid, self._terminal = 0, -1
