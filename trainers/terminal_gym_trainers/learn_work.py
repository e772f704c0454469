"""How the proof does its work: commands of the command line, and seeds side by side."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from terminal_gym.errors import UserError

_POLL_S = 0.5


def command(*arguments: str, log: Path, allowed: tuple[int, ...] = (0,)) -> None:
    """Run one `terminal-gym` command, in this process: PyTorch takes seconds to start.

    Args:
        arguments: As typed after `terminal-gym`.
        log: What it prints is appended here.
        allowed: Exit codes that are no failure.

    Raises:
        UserError: It failed; the message holds the end of its output.
    """
    # By its name, for trainers import nothing of the core but episodes.
    run_cli = importlib.import_module("terminal_gym.cli.main").run_cli
    began = time.monotonic()
    shown = shlex.join(arguments if len(arguments) < 40 else [*arguments[:2], "…"])
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ terminal-gym {shown}\n")
        with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
            code = run_cli(list(arguments))
        file.write(f"[{time.monotonic() - began:.0f} s]\n\n")
    if code not in allowed:
        raise UserError(
            f"`terminal-gym {arguments[0]}` failed:\n{log.read_text(encoding='utf-8')[-1500:]}",
            remedy=f"see {log}; what is done already will not be done again",
        )


def side_by_side(commands: Sequence[Sequence[str]], at_once: int) -> None:
    """Run processes, a few at a time, each on one core; all end with this one.

    Models as small as these are fastest on one thread, beside the sandboxes and the next seed.

    Raises:
        UserError: One failed; the others are stopped.
    """
    env = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}
    waiting, running = list(commands), list[subprocess.Popen[bytes]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(subprocess.Popen(waiting.pop(0), env=env, start_new_session=True))
            time.sleep(_POLL_S)
            for process in [one for one in running if one.poll() is not None]:
                running.remove(process)
                if process.returncode:
                    raise UserError("a training seed failed", remedy="its message is above")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
