"""Running cheats against a bundle."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
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
    honest, info = _play(_environment(found, backend, _NOP), _NOP, "")
    if info["fault"]:
        raise Fault(f"{found.name}: no verdict for doing nothing: {info['fault']['message']}")

    def one(cheat: Cheat) -> CheatResult:
        result = _run(found, backend, cheat, honest)
        on_result(result)
        return result

    with ThreadPoolExecutor(max(1, concurrency), thread_name_prefix="cheat") as pool:
        return list(pool.map(one, cheats))


def _run(bundle: Bundle, backend: str, cheat: Cheat, honest: float) -> CheatResult:
    began = time.monotonic()
    watch = HostWatch()
    env = _environment(bundle, backend, cheat)
    reward: float | None = None
    problems = []
    try:
        reward, info = _play(env, cheat, watch.token)
        if info["fault"]:
            reward = None
            problems.append(f"voided its episode: {info['fault']['message']}")
        elif reward >= 1 or reward > honest:
            problems.append(f"earned {reward:g}, doing nothing {honest:g}")
        problems += _next_episode(env)
    except Exception as error:  # whatever it is, an agent must not be able to cause it
        problems.append(f"broke the environment: {type(error).__name__}: {error}")
    finally:
        env.close()
    return CheatResult(
        bundle=bundle.name,
        cheat=cheat.name,
        backend=env.backend.name,
        reward=reward,
        honest_reward=honest,
        problems=problems + watch.harm(),
        elapsed_s=time.monotonic() - began,
    )


def _environment(bundle: Bundle, backend: str, cheat: Cheat) -> TerminalEnv:
    return TerminalEnv(
        bundle,
        backend=backend,
        max_steps=1 + len(cheat.commands) + len(_WAYS_OUT),
        step_timeout_s=cheat.step_timeout_s,
        time_limit_s=_TIME_LIMIT_S,
    )


def _play(env: TerminalEnv, cheat: Cheat, token: str) -> tuple[float, dict[str, Any]]:
    """The episode to its end, which the environment's own limit brings about if nothing else."""
    env.reset(seed=0)
    for command in (prelude(env.bundle, token), *cheat.commands, *_WAYS_OUT):
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


def _next_episode(env: TerminalEnv) -> list[str]:
    """What is wrong with the episode after the cheat's."""
    env.reset(seed=1)
    observation, _, terminated, truncated, _ = env.step("echo alive $((6 * 7))")
    if terminated or truncated or observation["output"].strip() != "alive 42":
        return [f"the next episode does not work: {observation['output'][:100]!r}"]
    return []
