"""Running a bundle through the gates, in order, until one refuses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from terminal_gym.errors import Fault, VerifierFault
from terminal_gym.sandbox.base import Backend
from terminal_gym_generator.gates.blind import blind
from terminal_gym_generator.gates.cheats import all_cheats, cheats
from terminal_gym_generator.gates.independence import elsewhere, hermetic
from terminal_gym_generator.gates.mutations import mutations
from terminal_gym_generator.gates.reproducible import Remaker, digest_of
from terminal_gym_generator.gates.solution import builds, nop, oracle, prefixes
from terminal_gym_generator.gates.trial import Rejected, Skipped, Trial
from terminal_gym_generator.records import GateResult, TaskRecord

Gate = Callable[[Trial], str]
"""Gives one line of detail; raises Rejected or Skipped."""

GATES: dict[str, Gate] = {
    "builds": builds,
    "hermetic": hermetic,
    "nop": nop,
    "oracle": oracle,
    "prefixes": prefixes,
    "mutations": mutations,
    "blind": blind,
    "elsewhere": elsewhere,
    "cheats": cheats,
}
"""The gates that need a sandbox, in the order they run: the likeliest to refuse come early."""

ALL_GATES = ("distance", "reproducible", *GATES)
"""Every gate, in order. `distance` compares a whole batch, so the pipeline runs it."""

Listener = Callable[[GateResult], None]
_PAUSES_S = (0.5, 3.0, 10.0)


def run_gates(
    record: TaskRecord,
    path: Path,
    backend: Backend,
    *,
    remaker: Remaker | None = None,
    only: Sequence[str] | None = None,
    thorough: bool = False,
    listener: Listener = lambda result: None,
) -> list[GateResult]:
    """The results of the gates, up to the first that refuses.

    Args:
        record: What the bundle was written from.
        path: The bundle's folder.
        backend: Where sandboxes come from.
        remaker: Makes the bundle again elsewhere; without it that gate is left out.
        only: Names of gates; default: all.
        thorough: Try every cheat, which takes minutes, not only those aimed at verifiers.
        listener: Called with each result as it comes.
    """
    gates = {name: gate for name, gate in GATES.items() if only is None or name in only}
    if thorough and "cheats" in gates:
        gates["cheats"] = all_cheats
    if remaker is not None and (only is None or "reproducible" in only):
        gates = {"reproducible": _reproducible(remaker), **gates}
    results: list[GateResult] = []
    trial = Trial(path, record, backend)
    try:
        for name, gate in gates.items():
            results.append(try_gate(name, lambda gate=gate: gate(trial)))  # type: ignore[misc]
            listener(results[-1])
            if not results[-1].ok:
                break
    finally:
        trial.close()
    return results


def try_gate(name: str, run: Callable[[], str]) -> GateResult:
    """One gate's result. A fault of the infrastructure is tried again, later, before it counts."""
    began = time.monotonic()
    for pause in (*_PAUSES_S, None):
        ok, skipped = True, False
        try:
            detail = run()
        except Skipped as reason:
            detail, skipped = str(reason), True
        except Rejected as reason:
            detail, ok = str(reason), False
        except VerifierFault as fault:  # the bundle's own verifier broke
            detail, ok = f"no verdict: {fault.message}", False
        except Fault as fault:
            detail, ok = f"fault: {fault.message}", False
            if pause is not None:
                time.sleep(pause)
                continue
        except Exception as error:  # one bundle's oddity must not end the whole run
            detail, ok = f"error: {type(error).__name__}: {error}", False
        break
    elapsed = time.monotonic() - began
    return GateResult(gate=name, ok=ok, detail=detail, skipped=skipped, elapsed_s=elapsed)


def _reproducible(remaker: Remaker) -> Gate:
    def reproducible(trial: Trial) -> str:
        """The same seed gives the same bytes in a process with other settings."""
        draft = trial.record.draft
        if draft.seed is None:
            raise Skipped(f"the engine {draft.engine!r} makes nothing from a seed")
        mine, theirs = digest_of(trial.record), remaker.digest(draft)
        if mine != theirs:
            raise Rejected(f"another process makes other bytes ({theirs[:120]})")
        return f"sha256 {mine[:16]}"

    return reproducible
