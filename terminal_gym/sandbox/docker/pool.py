"""Spare containers, so that a reset need not wait for the engine.

An engine takes some hundred milliseconds to start a container. Where the same kind was asked for
several times already, one more is started in the background, when whoever took the last one leaves
the processors free: an agent's after a moment, while it thinks, a verifier's when it has ended.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from terminal_gym.errors import TerminalGymError
from terminal_gym.sandbox.base import Image, SandboxSpec
from terminal_gym.sandbox.docker.local import LocalContainer
from terminal_gym.sandbox.docker.spare_shell import SpareShell

_ENOUGH = 3  # requests of one kind after which spares pay: an episode takes two
_MOMENT_S = 0.3
Kind = tuple[str, str]


@dataclass(frozen=True)
class Container:
    """A running container.

    Attributes:
        id: The engine's name of it.
        local: What of it is in sight, if anything is.
        shell: What waits in it to become a program.
    """

    id: str
    local: LocalContainer | None = None
    shell: SpareShell | None = None


def kind_of(image: Image, spec: SandboxSpec) -> Kind:
    """What makes one container as good as another."""
    return image.ref, spec.model_dump_json()


class Pool:
    """At most `size` running containers that nobody has used yet.

    Args:
        size: How many; 0 turns the pool off.
        make: Starts one.
        remove: Removes one.
    """

    def __init__(
        self,
        size: int,
        make: Callable[[Image, SandboxSpec], Container],
        remove: Callable[[Container], None],
    ) -> None:
        self._size = size
        self._make = make
        self._remove = remove
        self._asked: Counter[Kind] = Counter()
        self._spares: deque[tuple[Kind, Container]] = deque()
        self._wanted: deque[tuple[float, Kind, Image, SandboxSpec]] = deque()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def take(self, image: Image, spec: SandboxSpec) -> Container | None:
        """A spare of this kind, if there is one."""
        kind = kind_of(image, spec)
        with self._condition:
            self._asked[kind] += 1
            for spare in self._spares:
                if spare[0] == kind:
                    self._spares.remove(spare)
                    return spare[1]
        return None

    def refill(self, image: Image, spec: SandboxSpec) -> None:
        """See to one more of this kind, if it is asked for often enough."""
        kind = kind_of(image, spec)
        with self._condition:
            if not self._size or self._closed or self._asked[kind] < _ENOUGH:
                return
            if len(self._wanted) < self._size:
                self._wanted.append((time.monotonic() + _MOMENT_S, kind, image, spec))
            self._start_thread()
            self._condition.notify()

    def close(self) -> None:
        """Remove all spares."""
        with self._condition:
            self._closed = True
            self._wanted.clear()
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()
        for _, container in self._spares:
            self._remove(container)
        self._spares.clear()

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="docker-pool", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closed or self._wanted)
                if self._closed:
                    return
                when, kind, image, spec = self._wanted[0]
                left = when - time.monotonic()
                if self._condition.wait_for(lambda: self._closed, max(0.0, left)):
                    return
                self._wanted.popleft()
            try:
                made = self._make(image, spec)
            except TerminalGymError:
                continue  # whoever asks next makes one and is told why it fails
            with self._condition:
                self._spares.append((kind, made))
                old = self._spares.popleft()[1] if len(self._spares) > self._size else None
            if old:
                self._remove(old)
