"""step: the overhead of one command."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Plan, Row, Timed, compare, in_turn, stopwatch
from benchmarks.rivals.docker_exec import ExecPerCommand
from benchmarks.rivals.pty import BarePty, MarkedPty
from benchmarks.rivals.swerex import SweRex
from benchmarks.rivals.tmux import Tmux
from benchmarks.world import docker_image, open_env, small_bundle

PTY, MARKED, EXEC, REX, TMUX = (
    "bare pexpect PTY",
    "the same, with paste and markers",
    "docker exec",
    "SWE-ReX local",
    "tmux send, wait, capture",
)
_LEAST_FASTER = {EXEC: ("at least", 30.0), REX: ("at least", 30.0)}
_GOALS = {
    "namespace": {PTY: ("at most", 2.0), **_LEAST_FASTER},
    "docker": {PTY: ("at most", 4.0), **_LEAST_FASTER},
}


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """`env.step(":")` on each backend beside every rival that is here."""
    found = []
    with ExitStack() as stack:
        bundle = small_bundle(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        timed = _rivals(plan, stack, bundle, "docker" in backends)
        for backend in backends:
            env = open_env(bundle, backend)
            stack.callback(env.close)
            env.reset()
            timed[_name(backend)] = stopwatch(lambda env=env: env.step(":"), 200)  # type: ignore[misc]
        samples = in_turn(timed, plan.rounds)
        rivals = [name for name in samples if name not in map(_name, backends)]
        for backend in backends:
            mine = {name: samples[name] for name in [_name(backend), *rivals]}
            found += compare("step", _name(backend), mine, _GOALS.get(backend, {}))
    return found


def _name(backend: str) -> str:
    return f'step(":"), {backend}'


def _rivals(plan: Plan, stack: ExitStack, bundle: Path, docker: bool) -> dict[str, Timed]:
    def opened(make: Callable[[], BarePty | Tmux | ExecPerCommand], times: int) -> Timed:
        rival = make()
        stack.callback(rival.close)
        return stopwatch(lambda: rival.run(":"), times)

    timed = {PTY: opened(BarePty, 200), MARKED: opened(MarkedPty, 200)}
    if not Tmux.available():
        timed[TMUX] = opened(Tmux, 2)
    if docker:
        image = docker_image(bundle)
        timed[EXEC] = opened(lambda: ExecPerCommand(image), 1)
    if not SweRex.available():
        rex = SweRex()
        stack.callback(rex.close)
        timed[REX] = lambda: rex.seconds(1)
    return timed
