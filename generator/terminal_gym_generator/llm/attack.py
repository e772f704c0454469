"""The verifier's own trial: a model looks for ways to be paid without working, and they are run.

What earns something goes back to the verifier's author, who mends the checks or says that the
script does in truth all the work; such a claim is not taken from them where the script earns as
much without having seen the world.
"""

from __future__ import annotations

from terminal_gym_generator.gates.blind import known
from terminal_gym_generator.gates.trial import one_line
from terminal_gym_generator.llm import stages
from terminal_gym_generator.llm.desk import Again, Desk
from terminal_gym_generator.llm.forms import Attack, Attacks
from terminal_gym_generator.llm.problems import StageFailed
from terminal_gym_generator.llm.task import Task
from terminal_gym_generator.llm.trials import Trials
from terminal_gym_generator.records import Repair

MEANING = "a script that does not do the work must earn 0"
_MOST = 6
_LONGEST = 8_000
_REFINEMENTS = 2


def find_attacks(desk: Desk, task: Task) -> None:
    """Ask for attacks on the verifier as it is; those that know what no agent knows are dropped."""
    assert task.checks
    made = desk.ask(
        "attack", Attacks, instruction=task.instruction, source=task.checks.source, most=_MOST
    )
    attacks: dict[str, Attack] = {}
    for number, attack in enumerate(made.attacks[:_MOST], 1):
        name = f"{number} {one_line(attack.name, 60)}"
        if len(attack.script) <= _LONGEST and not known([attack.script], task.hidden):
            attacks[name] = attack.model_copy(update={"name": name})
    task.attacks = list(attacks.values())


def toughen(desk: Desk, task: Task, trials: Trials, name: str) -> None:
    """Run the attacks, and have the verifier mended until none of them pays.

    Args:
        desk: The draft's.
        task: With a verifier, a solution and attacks.
        trials: Runs them.
        name: Of the conversations with the verifier's author.

    Raises:
        StageFailed: One still pays after the last refinement.
    """
    for number in range(_REFINEMENTS + 1):
        paid = _paid(task, trials)
        if not paid:
            return
        first = f"{paid[0].name}: {one_line(trials.attack(task.record(), paid[0].script), 200)}"
        if number == _REFINEMENTS:
            raise StageFailed(
                "verifier", f"an attack still pays after {number} refinements: {first}"
            )
        task.repairs.append(Repair(gate="attack", owner="verifier", reason=first))
        _refine(desk, task, trials, paid, f"{name}-refined-{number + 1}")


def _paid(task: Task, trials: Trials) -> list[Attack]:
    record = task.record()
    left = (attack for attack in task.attacks if attack.name not in task.honest)
    return [attack for attack in left if trials.attack(record, attack.script)]


def _refine(desk: Desk, task: Task, trials: Trials, paid: list[Attack], name: str) -> None:
    assert task.checks
    found = desk.prompts.text("refine.md", attacks=paid)
    again = Again(stages.handed_in(task.checks), "attack", MEANING, found)
    stages.checks(desk, task, trials, name, again)
    record = task.record()
    for attack in paid:
        claimed = attack.name in task.checks.honest
        if claimed and not trials.blind_attack(record, attack.script):
            task.honest.add(attack.name)
