"""Carrying a whole file system from a dead sandbox into a fresh one of the same image."""

from __future__ import annotations

from terminal_gym.sandbox.base import Sandbox, SandboxSpec, StateReport

# Not the kernel's, and not what the verifier itself uses.
_STAYS = {"dev", "proc", "sys", "tests", "logs", "solution", "run"}
_LOGS = ["/logs/agent", "/logs/artifacts"]
_ROOM_MB = 256


def with_room(spec: SandboxSpec, dead: Sandbox, *, beside: int = 0) -> SandboxSpec:
    """A sandbox that holds all that another can, and some more.

    An agent that filled its disk must leave the verifier room to say so, and room to go on.

    Args:
        spec: How it is to be otherwise.
        dead: The other.
        beside: MiB to add.
    """
    storage = dead.spec.limits.storage_mb + beside + _ROOM_MB
    limits = spec.limits.model_copy(update={"storage_mb": storage})
    return spec.model_copy(update={"limits": limits})


def in_place_of(spec: SandboxSpec, dead: Sandbox) -> SandboxSpec:
    """A sandbox that goes on where another has died: with room, and among the same services.

    Services live on through grading; what they answer is as the agent left it.
    """
    return with_room(spec, dead).model_copy(update={"links": dead.spec.links})


def with_memory(spec: SandboxSpec) -> SandboxSpec:
    """A sandbox in which full disks leave memory: they are memory themselves in some backends.

    A graded program that fills them dies, but its files stay; the verifier must live to say so.
    """
    memory = spec.limits.memory_mb + spec.limits.storage_mb
    limits = spec.limits.model_copy(update={"memory_mb": memory})
    return spec.model_copy(update={"limits": limits})


def carry_everything(fresh: Sandbox, dead: Sandbox) -> StateReport:
    """Put all of `dead`'s files into `fresh`, but for /tests, /solution, /run and /logs/verifier.

    Raises:
        StorageExceeded: They are larger than either sandbox's storage.
    """
    listing = fresh.run(["ls", "-A", "/"], clean_env=True, cwd="/", user="root").output
    names = {*listing.decode(errors="replace").split("\n"), *dead.top_names()} - _STAYS - {""}
    report = fresh.graft_state(dead, [*(f"/{name}" for name in sorted(names)), *_LOGS])
    return report.model_copy(
        update={"missing": [path for path in report.missing if path not in _LOGS]}
    )
