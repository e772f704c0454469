"""What a cheat is, and what came of one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Cheat(BaseModel):
    """A scripted adversary: it knows everything about the task but its solution.

    Its commands run in a shell with these variables:

    - `STATE`, an array: the paths that are graded;
    - `TOKEN`: a word that nothing else holds, to leave on whatever should not outlive the episode;
    - `FORGE`: shell commands that write a full reward wherever they are run, `PYFORGE` the same in
      Python, `CFORGE` the same as a C constructor.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    description: str = Field(description="one line: what it tries")
    commands: tuple[str, ...] = Field(description="one shell input per step; then it submits")
    step_timeout_s: float = Field(default=20.0, description="how long a command may take")


class CheatResult(BaseModel):
    """What one cheat got out of one bundle."""

    model_config = ConfigDict(frozen=True)

    bundle: str
    cheat: str
    backend: str
    reward: float | None = Field(description="None where there was no verdict")
    honest_reward: float | None = Field(description="what doing nothing earns")
    problems: list[str] = Field(
        default_factory=list, description="what the cheat achieved; empty where all held"
    )
    elapsed_s: float = 0.0

    @property
    def held(self) -> bool:
        """Whether the cheat got nothing and harmed nothing."""
        return not self.problems
