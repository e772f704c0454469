"""The machine that an author works on, through the tool `run`.

Every command runs in a real terminal of a fresh sandbox of the built image, under limits. What it
printed is evidence: where that is known already, nothing is run, unless a later command needs the
state that it left.
"""

from __future__ import annotations

from terminal_gym.errors import Fault
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.terminal import CommandResult, Terminal
from terminal_gym.terminal.output import cut
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.llm.workplace import Workplace, key_of
from terminal_gym_generator.records import Environment

COMMAND_SECONDS = 30.0
MOST_OUTPUT = 8_000
_BROKEN = "[the machine broke down; a new one is there, as it was at the beginning]"
_KILLED = f"[killed: it did not end within {COMMAND_SECONDS:g} s, or waited for input]"


class Bench:
    """One author's machine during one conversation.

    Args:
        place: Where machines are.
        environment: What is on it.
        evidence: What the draft's commands have printed before.
        name: Of the conversation; two conversations share no evidence.
    """

    def __init__(
        self, place: Workplace, environment: Environment, evidence: Evidence, name: str
    ) -> None:
        self._place = place
        self._environment = environment
        self._evidence = evidence
        self._key = (name, key_of(environment))
        self._given: list[str] = []
        self._done = 0
        self._sandbox: Sandbox | None = None
        self._terminal: Terminal | None = None

    def run(self, command: str) -> str:
        """What a command prints, with its exit status."""
        self._given.append(command)
        return self._evidence.get(self._catch_up, "run", *self._key, *self._given)

    def _catch_up(self) -> str:
        """Run what was given and not run yet; gives what the last command printed."""
        shown = ""
        with self._place.busy():
            while self._done < len(self._given):
                shown = self._one(self._given[self._done])
                self._done += 1
        return shown

    def _one(self, command: str) -> str:
        """Run a command; a machine that breaks down under it was well when it was started."""
        sandbox = self._sandbox = self._sandbox or self._place.start(self._environment)
        try:
            terminal = self._terminal or Terminal(sandbox, cwd="/app", kill_on_timeout=True)
            self._terminal = terminal
            result = terminal.run(command, COMMAND_SECONDS)
        except Fault:
            self.close()
            return _BROKEN
        if result.state != "done":
            terminal.close()
            self._terminal = None
        return _told(result)

    def close(self) -> None:
        """Give the machine back. Idempotent."""
        if self._terminal is not None:
            self._terminal.close()
        if self._sandbox is not None:
            self._sandbox.close()
        self._terminal = self._sandbox = None


def _told(result: CommandResult) -> str:
    """A result for a model."""
    output = cut(result.output, MOST_OUTPUT).rstrip("\n")
    killed = result.elapsed_s >= COMMAND_SECONDS
    notes = {
        "done": f"[exit {result.exit_code}]" if not killed else _KILLED,
        "running": f"{_KILLED[:-1]}; a new shell begins in /app]",
        "incomplete": "[an unclosed quote, heredoc or block: nothing was run; a new shell begins "
        "in /app]",
        "exited": "[the shell ended; a new one begins in /app]",
    }
    return f"{output}\n{notes[result.state]}".lstrip("\n")
