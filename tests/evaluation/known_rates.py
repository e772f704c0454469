"""An agent whose success rates are known, and that can be held up or broken."""

import os
import threading
import time
from pathlib import Path

from terminal_gym.errors import AgentFault
from terminal_gym.evaluation import attempt_seed

_LOCK = threading.Lock()


class KnownRates:
    """Solves the first N attempts at a task called `…-N`, with seed 0.

    $KNOWN_RATES is a folder: each episode begun leaves a line in `begun`; while there is a file
    `fault-NAME-ATTEMPT` with a number in it, that many tries of that attempt end in a fault.
    """

    name = "known"

    def __init__(self, *, pause_s=0.0, less=0):
        self._pause_s, self._less = pause_s, less
        self._folder = Path(os.environ["KNOWN_RATES"])

    def reset(self, observation, info):
        name, digest = info["bundle"], info["bundle_digest"]
        (attempt,) = (a for a in range(100) if attempt_seed(0, name, digest, a) == info["seed"])
        with _LOCK, (self._folder / "begun").open("a") as begun:
            begun.write(f"{name} {attempt}\n")
        trouble = self._folder / f"fault-{name}-{attempt}"
        if trouble.exists() and (left := int(trouble.read_text())):
            trouble.write_text(str(left - 1))
            raise AgentFault("as was asked for")
        solved = attempt < int(name.rsplit("-", 1)[1]) - self._less
        self._actions = [*(["touch done"] if solved else ["true"]), "exit"]

    def act(self, observation):
        time.sleep(self._pause_s)
        return self._actions.pop(0)

    def close(self):
        pass
