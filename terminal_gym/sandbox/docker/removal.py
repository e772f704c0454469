"""Removing containers behind everybody's back, so that nobody waits for the engine to do it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

_MOST = 32  # where the engine is slower than its users, they wait for it


class Remover:
    """Removes dead containers, one after the other.

    Args:
        remove: Removes one; never raises.
    """

    def __init__(self, remove: Callable[[str], None]) -> None:
        self._remove = remove
        self._left: deque[str] = deque()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, container: str) -> None:
        """See to it that a container goes."""
        with self._condition:
            if not self._closed and len(self._left) < _MOST:
                self._left.append(container)
                self._condition.notify()
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._work, name="docker-remover", daemon=True
                    )
                    self._thread.start()
                return
        self._remove(container)

    def close(self) -> None:
        """Remove what is left, and end."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closed or self._left)
                if not self._left:
                    return
                container = self._left.popleft()
            self._remove(container)
