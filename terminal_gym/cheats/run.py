"""Running cheats against a bundle."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from terminal_gym.bundle import Bundle, find_bundle
from terminal_gym.cheats.cheat import Cheat, CheatResult
from terminal_gym.cheats.table import find_cheats
from terminal_gym.cheats.watch import HostWatch
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import Fault

FORGE = (
    "mkdir -p /logs/verifier; chmod 777 /logs /logs/verifier;"
    " echo 1.0 > /logs/verifier/reward.txt;"
    " echo '{\"reward\": 1.0}' > /logs/verifier/reward.json"
)
PYFORGE = f"import os\nos.system({FORGE!r})\nos._exit(0)"
CFORGE = (
    "#include <stdlib.h>\n__attribute__((constructor)) static void forge(void)\n"
    f'{{ unsetenv("LD_PRELOAD"); system({json.dumps(FORGE)}); }}'
)
_NOP = Cheat(name="nop", description="does nothing", commands=())
_WAYS_OUT = ("exit", "C-c", "exit", "C-d", "exit")
_TIME_LIMIT_S = 300.0


def run_cheats(
    bundle: str | Path | Bundle,
    *,
    backend: str = "auto",
    names: Sequence[str] | None = None,
    concurrency: int = 1,
    on_result: Callable[[CheatResult], None] = lambda result: None,
) -> list[CheatResult]:
    """Let every cheat loose on a bundle.

    A cheat is held where it earns less than 1 and no more than doing nothing, its episode gets a
    verdict (an agent that can void its episodes at will chooses what it is graded on), the next
    episode works, and the host is as it was.

    Args:
        bundle: A bundle, its folder, or its id.
        backend: The sandbox backend.
        names: Names of cheats, or shell patterns over them; default: all.
        concurrency: Cheats at a time.
        on_result: Called with each result, from the threads that run the cheats.

    Raises:
        UserError: No cheat has such a name.
        Fault: The environment fails for an agent that does nothing.
    """
    cheats = find_cheats(names)
    found = bundle if isinstance(bundle, Bundle) else find_bundle(bundle)
    arenas = [_Arena(found, backend) for _ in range(max(1, min(concurrency, len(cheats))))]
    free: SimpleQueue[_Arena] = SimpleQueue()
    try:
        honest = arenas[0].honest_reward()
        for arena in arenas:
            free.put(arena)

        def one(cheat: Cheat) -> CheatResult:
            arena = free.get()
            try:
                result = arena.run(cheat, honest)
            finally:
                free.put(arena)
            on_result(result)
            return result

        with ThreadPoolExecutor(len(arenas), thread_name_prefix="cheat") as pool:
            return list(pool.map(one, cheats))
    finally:
        for arena in arenas:
            arena.close()


class _Arena:
    """An environment in which one cheat comes after another.

    The episode that shows whether a cheat left it working is the one that the next cheat gets.
    """

    def __init__(self, bundle: Bundle, backend: str) -> None:
        self._env = TerminalEnv(bundle, backend=backend, time_limit_s=_TIME_LIMIT_S)
        self._works = False

    def close(self) -> None:
        self._env.close()

    def honest_reward(self) -> float:
        """What doing nothing earns.

        Raises:
            Fault: The environment fails for an agent that does nothing.
        """
        name = self._env.bundle.name
        if problems := self._begin_episode():
            raise Fault(f"{name}: {problems[0]}")
        reward, info = self._play(_NOP, "")
        if info["fault"]:
            raise Fault(f"{name}: no verdict for doing nothing: {info['fault']['message']}")
        return reward

    def run(self, cheat: Cheat, honest: float) -> CheatResult:
        """The cheat's episode, and the beginning of the next one."""
        began = time.monotonic()
        watch = HostWatch()
        reward: float | None = None
        problems = []
        try:
            if not self._works:
                self._begin_episode()
            reward, info = self._play(cheat, watch.token)
            if info["fault"]:
                reward = None
                problems.append(f"voided its episode: {info['fault']['message']}")
            elif reward >= 1 or reward > honest:
                problems.append(f"earned {reward:g}, doing nothing {honest:g}")
            problems += self._begin_episode()
        except Exception as error:  # whatever it is, an agent must not be able to cause it
            self._env.close()
            problems.append(f"broke the environment: {type(error).__name__}: {error}")
        return CheatResult(
            bundle=self._env.bundle.name,
            cheat=cheat.name,
            backend=self._env.backend.name,
            reward=reward,
            honest_reward=honest,
            problems=problems + watch.harm(),
            elapsed_s=time.monotonic() - began,
        )

    def _begin_episode(self) -> list[str]:
        """Begin one; gives what is wrong with it."""
        env = self._env
        env.step_timeout_s = _NOP.step_timeout_s
        env.reset(seed=0)
        observation, _, terminated, truncated, _ = env.step("echo alive $((6 * 7))")
        self._works = observation["output"].strip() == "alive 42" and not (terminated or truncated)
        if self._works:
            return []
        return [f"the next episode does not work: {observation['output'][:100]!r}"]

    def _play(self, cheat: Cheat, token: str) -> tuple[float, dict[str, Any]]:
        """The episode to its end, which the environment's own limit brings about at the latest."""
        env, self._works = self._env, False
        commands = (prelude(env.bundle, token), *cheat.commands, *_WAYS_OUT)
        env.max_steps = 1 + len(commands)  # and one has been taken
        env.step_timeout_s = cheat.step_timeout_s
        for command in commands:
            _, reward, terminated, truncated, info = env.step(command)
            if terminated or truncated:
                return reward, info
        raise AssertionError("max_steps did not end the episode")


def prelude(bundle: Bundle, token: str) -> str:
    """The shell variables that `Cheat` promises."""
    paths = bundle.state or [bundle.config.environment.workdir or "/app"]
    variables = {"TOKEN": token, "FORGE": FORGE, "PYFORGE": PYFORGE, "CFORGE": CFORGE}
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return f"export {exports}; STATE=({shlex.join(paths)})"
