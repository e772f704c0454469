"""verify: a verdict from a clean sandbox, beside the same test.sh run where the agent worked."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.measure import Plan, Row, in_turn, quartiles, stopwatch
from benchmarks.processor import used_ms
from benchmarks.world import ROOT
from terminal_gym.bundle import Bundle, find_bundle
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import Image, Sandbox
from terminal_gym.verifier import verify

_BUNDLES = ["leaky-benchmark", "git-rebase"]
_GOAL_MS = 60.0
_THINKING_S = 1.0  # what an agent does before it is graded, while the spare containers are made
_UNTIL_SPARES = 3
_BARE = "mkdir -p /logs/verifier && bash /tests/test.sh"


def rows(plan: Plan, backends: list[str]) -> list[Row]:
    """How many milliseconds `verify` takes more than the bare test.sh."""
    return [
        _row(plan, backend, find_bundle(ROOT / "env_specs" / name))
        for backend in backends
        for name in _BUNDLES
    ]


def _row(plan: Plan, backend_name: str, bundle: Bundle) -> Row:
    backend = get_backend(backend_name)
    image = backend.prepare(bundle.image_source)

    def start() -> Sandbox:
        agent = backend.start(image, bundle.sandbox_spec)
        if backend_name == "docker":
            time.sleep(_THINKING_S)
        return agent

    for _ in range(_UNTIL_SPARES if backend_name == "docker" else 0):
        _verified(bundle, backend_name, image, start(), [])
    used: dict[str, list[float]] = {"verify": [], "test.sh": []}
    samples = in_turn(
        {
            "verify": lambda: _verified(bundle, backend_name, image, start(), used["verify"]),
            "test.sh": lambda: _bare(bundle, start(), used["test.sh"]),
        },
        plan.rounds,
    )
    extra = [a - b for a, b in zip(samples["verify"], samples["test.sh"], strict=True)]
    low, middle, high = (1e3 * value for value in quartiles(extra))
    return Row(
        group="verify",
        ours=f"verify, {bundle.path.name}, {backend_name}",
        theirs="test.sh in the open sandbox",
        unit="ms more",
        value=middle,
        low=low,
        high=high,
        their_value=1e3 * quartiles(samples["test.sh"])[1],
        rounds=plan.rounds,
        goal=f"≤ {_GOAL_MS:g} ms",
        met=middle <= _GOAL_MS,
        note=_more_processor_time(used),
    )


def _more_processor_time(used: dict[str, list[float]]) -> str:
    if not used["verify"]:
        return ""
    more = quartiles(used["verify"])[1] - quartiles(used["test.sh"])[1]
    return f"{more:.0f} ms more of processor time"


def _verified(
    bundle: Bundle, backend: str, image: Image, agent: Sandbox, used: list[float]
) -> float:
    return _timed(agent, used, lambda: verify(bundle, get_backend(backend), image, agent))


def _bare(bundle: Bundle, box: Sandbox, used: list[float]) -> float:
    box.copy_in(bundle.tests_dir, "/tests")
    return _timed(box, used, lambda: box.run(["bash", "-c", _BARE], user="root", timeout_s=600))


def _timed(box: Sandbox, used: list[float], work: Callable[[], object]) -> float:
    """Seconds; notes the processor's milliseconds where these can be counted."""
    before = used_ms() if box.image.backend == "namespace" else None  # not those of an engine
    try:
        return stopwatch(work)()
    finally:
        box.close()
        if before is not None:
            used.append((used_ms() or 0.0) - before)
