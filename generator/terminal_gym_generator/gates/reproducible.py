"""The reproduction gate: the seed gives the same bytes in another process.

A helper process with another hash seed, locale, zone and folder makes every bundle once more.
`python -m terminal_gym_generator.gates.remake` is that process: drafts in, digests out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading

from terminal_gym.errors import Fault
from terminal_gym_generator.bundle_writer import layout
from terminal_gym_generator.records import Draft, TaskRecord

_ENV = {"PYTHONHASHSEED": "97", "TZ": "XST-5:45", "LC_ALL": "C", "LANG": "C"}


def digest_of(record: TaskRecord) -> str:
    """SHA-256 over every file of the bundle that a record gives."""
    files = {name: file.model_dump() for name, file in layout(record).items()}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


class Remaker:
    """The helper process; starts on first use and serves one caller at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def digest(self, draft: Draft) -> str:
        """The digest of what `draft` gives over there; an error's text where it gives nothing.

        Raises:
            Fault: The process does not answer.
        """
        with self._lock:
            process = self._process = self._process or self._start()
            assert process.stdin and process.stdout
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(draft.model_dump_json() + "\n")
                process.stdin.flush()
            answer = process.stdout.readline().strip()
        if not answer:
            raise Fault("the process that makes bundles again has died", remedy="try again")
        return answer

    def close(self) -> None:
        """End the process. Idempotent."""
        with self._lock:
            if self._process is not None and self._process.stdin and self._process.stdout:
                self._process.stdin.close()
                self._process.wait(30)
                self._process.stdout.close()
                self._process = None

    @staticmethod
    def _start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "terminal_gym_generator.gates.remake"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ENV},
            cwd="/",
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )
