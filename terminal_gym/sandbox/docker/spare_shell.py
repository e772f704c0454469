"""A process on a terminal that waits to become a program, in a spare container.

The engine takes a tenth of a second to start a program. In a spare container one is started ahead:
a shell that reads one line, the path of a script, and runs it, which replaces it by the program.
"""

from __future__ import annotations

import secrets
import shlex
import termios
from collections.abc import Callable, Mapping, Sequence

from terminal_gym.errors import SandboxFault
from terminal_gym.sandbox.docker.local import ON_TERMINAL, LocalContainer, start_on_terminal
from terminal_gym.sandbox.pty import HostPty

_WAIT = ["/bin/sh", "-c", 'printf .; IFS= read -r script; . "$script"']
_READY_S = 30.0
_LOCAL = 3  # the place of the local modes in what tcgetattr gives


class SpareShell:
    """See above.

    Args:
        local: The container.
        start: Starts a program of root's by the engine; gives what tells whether it runs.

    Raises:
        SandboxFault: It did not start.
    """

    def __init__(
        self,
        local: LocalContainer,
        start: Callable[[Sequence[str]], Callable[[], bool]],
    ) -> None:
        self._local = local
        self._pty = start_on_terminal(local, 0, lambda path: start([*ON_TERMINAL, path, *_WAIT]))
        master = self._pty.spawn.fileno()
        modes = termios.tcgetattr(master)
        modes[_LOCAL] &= ~termios.ECHO  # until the script has been read
        termios.tcsetattr(master, termios.TCSANOW, modes)
        try:
            self._pty.spawn.expect_exact(b".", timeout=_READY_S)
        except Exception as error:
            self.close()
            raise SandboxFault("a spare shell did not start") from error

    def become(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: str, rows: int, cols: int
    ) -> HostPty:
        """The terminal, on which the shell is about to be replaced by a program of root's."""
        path = f"/dev/shm/{secrets.token_hex(8)}"
        variables = shlex.join(f"{name}={value}" for name, value in env.items())
        script = (
            f"rm -f {path}\nstty echo 2>/dev/null\ncd {shlex.quote(cwd)} || cd /\n"
            f"exec env -i {variables} {shlex.join(argv)}\n"
        )
        self._local.files.write(path, script.encode(), "root", 0o600)
        self._pty.resize(rows, cols)
        self._pty.spawn.send(f"{path}\n".encode())
        return self._pty

    def close(self) -> None:
        """End it."""
        self._pty.close()
