"""What a whole task is put through while it is made; told without paths of the host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from terminal_gym.errors import Fault, VerifierFault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym.terminal.output import cut
from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.gates import Remaker, digest_of, run_gates
from terminal_gym_generator.gates.blind import blind_reward
from terminal_gym_generator.gates.trial import STEP_SECONDS, Trial, one_line
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.records import GateResult, TaskRecord
from terminal_gym_generator.rng import digest

_ATTACK_SECONDS = 60.0
_STORY = 6_000
_STEP = 700
CHECKS_SAID = "; the checks:"
"""What stands in a story before the verifier's own words."""
GateListener = Callable[[GateResult], None]


class Trials:
    """The experiments with one draft's tasks.

    Args:
        place: Where machines are.
        evidence: What is known already.
        remaker: For the gate `reproducible`.
        thorough: Try all cheats.
    """

    def __init__(
        self, place: Workplace, evidence: Evidence, remaker: Remaker, *, thorough: bool = False
    ) -> None:
        self._place = place
        self._evidence = evidence
        self._remaker = remaker
        self._thorough = thorough

    def gates(self, record: TaskRecord, listener: GateListener) -> list[GateResult]:
        """The results of all gates, up to the first that refuses; a fault is not remembered."""
        faulty: list[GateResult] = []

        def find() -> str:
            with self._place.busy(), self._bundle(record) as (path, scrub):
                results = run_gates(
                    record,
                    path,
                    self._place.backend,
                    remaker=self._remaker,
                    thorough=self._thorough,
                    listener=listener,
                )
            clean = [one.model_copy(update={"detail": scrub(one.detail)}) for one in results]
            if clean[-1].detail.startswith("fault: "):
                faulty.extend(clean)
                raise Fault(clean[-1].detail)
            return json.dumps([one.model_dump() for one in clean])

        try:
            known = self._evidence.get(find, "gates", _key(record), str(self._thorough))
        except Fault:
            if not faulty:
                raise
            return faulty
        return [GateResult.model_validate(one) for one in json.loads(known)]

    def untouched(self, record: TaskRecord) -> str:
        """What is wrong with the verdict on a machine that nobody touched; nothing if it is 0."""

        def find(trial: Trial) -> str:
            with trial.sandbox() as sandbox:
                return _no_reward(trial, sandbox, "an untouched machine")

        return self._try(find, record, "untouched")

    def attack(self, record: TaskRecord, script: str) -> str:
        """What is wrong with the verdict on an attack; nothing if it earns 0."""

        def find(trial: Trial) -> str:
            with trial.sandbox() as sandbox:
                _play(sandbox, script)
                return _no_reward(trial, sandbox, "the script")

        return self._try(find, record, "attack", script)

    def blind_attack(self, record: TaskRecord, script: str) -> bool:
        """Whether a script earns something even where it sees an emptied world."""

        def find(trial: Trial) -> str:
            try:
                reward = blind_reward(trial, lambda empty: _play(empty, script))
            except VerifierFault:
                return "no verdict"
            return "paid" if reward > 0 else ""

        return bool(self._try(find, record, "blind attack", script))

    def story(self, record: TaskRecord) -> str:
        """What each command of the reference printed, and what the verifier said of the result."""

        def find(trial: Trial) -> str:
            return cut(_story(trial), _STORY)

        return self._try(find, record, "story")

    def _try(self, find: Callable[[Trial], str], record: TaskRecord, kind: str, *key: str) -> str:
        def run() -> str:
            with self._place.busy(), self._bundle(record) as (path, scrub):
                trial = Trial(path, record, self._place.backend)
                try:
                    return scrub(find(trial))
                finally:
                    trial.close()

        return self._evidence.get(run, kind, _key(record), *key)

    @contextmanager
    def _bundle(self, record: TaskRecord) -> Iterator[tuple[Path, Callable[[str], str]]]:
        """The bundle in a folder of its own, and what takes that folder's name out of a text."""
        assert record.environment
        self._place.image(record.environment)  # with the programs that only we may install
        with owned_folder() as folder:
            path = write_bundle(record, folder)
            yield path, lambda text: text.replace(f"{path}/", "").replace(str(folder), "")


def _key(record: TaskRecord) -> str:
    """Equal for tasks that gates cannot tell apart: the bundle, and what only gates read."""
    assert record.instruction and record.verifier
    own = [*record.instruction.hidden, record.verifier.mutations.model_dump_json()]
    return digest("task", digest_of(record), *own)


def _no_reward(trial: Trial, sandbox: Sandbox, what: str) -> str:
    try:
        reward = trial.grade(sandbox).reward
    except VerifierFault as fault:
        return f"the verifier gave no verdict on {what}: {one_line(fault.message, 300)}"
    return f"{what} earned {reward:g}" if reward > 0 else ""


def _play(sandbox: Sandbox, script: str) -> None:
    """Run an attack; a machine that it has broken is graded as it is."""
    try:
        sandbox.run(["/bin/bash", "-c", script], cwd="/app", timeout_s=_ATTACK_SECONDS)
    except Fault:
        return


def _story(trial: Trial) -> str:
    with trial.sandbox() as sandbox:
        try:
            lines = list(_steps(trial, sandbox))
            verdict = trial.grade(sandbox)
        except Fault as fault:
            return f"it broke down: {one_line(fault.message, 300)}"
    return "\n".join([*lines, f"reward {verdict.reward:g}{CHECKS_SAID}", verdict.output.strip()])


def _steps(trial: Trial, sandbox: Sandbox) -> Iterator[str]:
    """The reference's commands, with what they print."""
    terminal = trial.terminal(sandbox, kill_on_timeout=True)
    try:
        for number, command in enumerate(trial.commands, 1):
            result = terminal.run(command, STEP_SECONDS)
            yield f"$ {one_line(command, 200)}  (command {number})"
            if result.output.strip():
                yield cut(result.output, _STEP).rstrip("\n")
            if result.state != "done" or result.exit_code:
                yield f"[{result.state}, exit {result.exit_code}]"
            if result.state != "done":
                return
    finally:
        terminal.close()
