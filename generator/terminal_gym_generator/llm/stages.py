"""The stages before the gates: each asks its author, looks at the answer, and fills in the task.

What an author sees is the contract between stages: the solution's author sees the request and the
machine; the verifier's author sees the request, the machine and what it was made from, and never
the solution.
"""

from __future__ import annotations

import json
from contextlib import closing

from pydantic import BaseModel

from terminal_gym.agents.script_split import split_script
from terminal_gym.errors import Fault
from terminal_gym.terminal import Terminal
from terminal_gym_generator.families_engine import DOCKERFILE
from terminal_gym_generator.gates.blind import known
from terminal_gym_generator.gates.mutations import LEAST
from terminal_gym_generator.gates.trial import STEP_SECONDS, one_line
from terminal_gym_generator.llm.desk import Again, Desk
from terminal_gym_generator.llm.forms import Checks, Judgement, Request, Settings, Work, World
from terminal_gym_generator.llm.hands import COMMANDS, LEAST_COMMANDS
from terminal_gym_generator.llm.rebuilt import differences
from terminal_gym_generator.llm.source import LEAST_CHECKS, ChecksRefusedError, helpers
from terminal_gym_generator.llm.task import Task
from terminal_gym_generator.llm.trials import Trials
from terminal_gym_generator.llm.workplace import BuildFailedError, key_of
from terminal_gym_generator.llm.world import (
    MOST_FILE_BYTES,
    MOST_FILES,
    WorldRefusedError,
    environment_of,
    hidden_of,
)
from terminal_gym_generator.records import Criterion, Environment, Feasibility

_SHORTEST_REQUEST, _LONGEST_REQUEST = 150, 12_000
_SHOWN_FILE, _SHOWN_WORLD = 3_000, 40_000
_MOST_COMMANDS = 150


def judge(desk: Desk, task: Task) -> None:
    """Feasibility."""
    found = desk.ask("feasibility", Judgement, commands=COMMANDS[task.draft.difficulty])
    task.feasibility = Feasibility(
        criteria=[
            Criterion(
                name=name.replace("_", " "), ok=verdict.ok, reason=one_line(verdict.reason, 300)
            )
            for name, verdict in found
        ]
    )


def request(desk: Desk, task: Task, again: Again | None = None) -> None:
    """The instruction."""

    def look(made: Request) -> str:
        length = len(made.instruction.strip())
        if _SHORTEST_REQUEST <= length <= _LONGEST_REQUEST:
            return ""
        return f"it has {length} characters; {_SHORTEST_REQUEST} to {_LONGEST_REQUEST} are wanted"

    task.request = desk.ask("instruction", Request, look, again)


def world(desk: Desk, task: Task, again: Again | None = None) -> None:
    """The environment; its image is built before it counts, twice."""

    def look(made: World) -> str:
        try:
            hidden_of(made)
            environment = environment_of(made)
        except WorldRefusedError as error:
            return str(error)
        return desk.evidence.get(lambda: _build(desk, environment), "build", key_of(environment))

    task.world = desk.ask(
        "environment",
        World,
        look,
        again,
        instruction=task.instruction,
        dockerfile=DOCKERFILE,
        most_files=MOST_FILES,
        most_bytes=MOST_FILE_BYTES,
    )


def _build(desk: Desk, environment: Environment) -> str:
    try:
        with desk.place.busy():
            desk.place.image(environment)
            return differences(desk.place, environment)
    except BuildFailedError as error:
        return f"the image does not build: {error}"


def work(desk: Desk, task: Task, name: str, again: Again | None = None) -> None:
    """The reference solution."""
    environment = task.environment
    assert environment

    def look(made: Work) -> str:
        commands = _separate(made)
        if not commands:
            return "the commands are no bash, or one of them is unfinished"
        least = LEAST_COMMANDS[task.draft.difficulty]
        if not least <= len(commands) <= _MOST_COMMANDS:
            return f"{len(commands)} commands; {least} to {_MOST_COMMANDS} are wanted"
        if typed_in := known(commands, task.hidden):
            return typed_in
        return desk.evidence.get(
            lambda: _play(desk, environment, commands), "play", key_of(environment), *commands
        )

    level = task.draft.difficulty
    made = desk.converse(
        "solution",
        Work,
        look,
        environment,
        name,
        again,
        instruction=task.instruction,
        commands=COMMANDS[level],
        least=LEAST_COMMANDS[level],
    )
    task.work = Work(commands=_separate(made))


def _separate(made: Work) -> list[str]:
    """The commands one by one, as the oracle gives them; nothing where bash cannot read them."""
    split = split_script("\n".join(made.commands)) or []
    return [command.text for command in split]


def _play(desk: Desk, environment: Environment, commands: list[str]) -> str:
    """Run a solution on a fresh machine; says which command does not end."""
    with desk.place.busy():
        sandbox = desk.place.start(environment)
        try:
            with closing(Terminal(sandbox, cwd="/app")) as terminal:
                for number, command in enumerate(commands, 1):
                    state = terminal.run(command, STEP_SECONDS).state
                    if state != "done":
                        return f"command {number} leaves the shell {state}: {one_line(command)}"
        except Fault as fault:  # of its own making: the machine was well when it was started
            return f"the machine broke down under it: {one_line(fault.message)}"
        finally:
            sandbox.close()
    return ""


def checks(desk: Desk, task: Task, trials: Trials, name: str, again: Again | None = None) -> None:
    """The verifier; an untouched machine must fail it before it counts."""
    environment = task.environment
    assert environment and task.world

    def look(made: Checks) -> str:
        try:
            record = task.record(made)
        except ChecksRefusedError as error:
            return str(error)
        return trials.untouched(record)

    task.checks = desk.converse(
        "verifier",
        Checks,
        look,
        environment,
        name,
        again,
        instruction=task.instruction,
        world=shown(task.world),
        state=environment.state,
        helpers=helpers(),
        least=LEAST_CHECKS,
        mutations=2,
        damages=LEAST,
    )


def settings(desk: Desk, task: Task) -> None:
    """The configuration."""
    assert task.work
    task.settings = desk.ask(
        "configuration",
        Settings,
        instruction=task.instruction,
        commands=len(task.work.commands),
    )


def shown(made: World) -> str:
    """What a world is made from, for a prompt; long files are cut."""
    parts = []
    for file in made.files:
        kind = " (base64)" if file.base64 else ""
        text = file.content[:_SHOWN_FILE]
        left = len(file.content) - len(text)
        parts.append(
            f"--- {file.path}{kind}\n{text}" + (f"\n[… {left} more characters]" if left else "")
        )
    parts.append(f"--- setup\n{made.setup}")
    return "\n".join(parts)[:_SHOWN_WORLD]


def handed_in(made: BaseModel | None) -> str:
    """A form as it was handed in, for its author to mend."""
    assert made
    return json.dumps(made.model_dump(), ensure_ascii=False, indent=1)
