"""The wire format: what a model has to answer at each stage.

| stage | how it is asked | form |
|---|---|---|
| draft | one structured call (or a raw completion, which is plain text) | `Idea` |
| feasibility | one structured call | `Judgement` |
| instruction | one structured call | `Request` |
| environment | one structured call; a build that fails is told and asked again | `World` |
| solution | a conversation with the tools `run` and `submit` | `Work` |
| verifier | a conversation with the tools `run` and `submit` | `Checks` |
| attack | one structured call | `Attacks` |
| verifier, again | as before, with what the attacks earned | `Checks` |
| configuration | one structured call | `Settings` |
| diagnose | one structured call, where a gate's failure may have several owners | `Diagnosis` |

The tool `run` takes a `Command`; `submit` takes the stage's form as its arguments. Field
descriptions are for the model. What is beyond these types (paths, sizes, syntax) is checked by the
stages, and told to the model.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_NO_TEXT = re.compile("[\\0\\ud800-\\udfff]")


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        """JSON can hold what no file, command or record can; the model is told and asked again."""
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and _NO_TEXT.search(text):
                raise ValueError("NUL and lone surrogates are no text; bytes go into base64")
        return value


class Idea(_Form):
    """A task idea."""

    title: str = Field(description="three to eight words")
    summary: str = Field(description="one or two sentences: what is to be achieved")
    scenario: str = Field(
        description="a paragraph: who needs what, what lies on the machine, what makes it hard, "
        "which files show that it is done"
    )


class Verdict(_Form):
    """One criterion, judged."""

    reason: str = Field(description="one sentence, about this task")
    ok: bool


class Judgement(_Form):
    """Whether an idea can become a good task, criterion by criterion."""

    clear: Verdict = Field(description="one reading only; done or not done can be told apart")
    self_contained: Verdict = Field(description="all that is needed can lie on the machine")
    verifiable: Verdict = Field(description="the file system's final state shows the result")
    offline: Verdict = Field(description="doable in one container without a network")
    long_horizon: Verdict = Field(description="needs many steps that build on what was found out")
    safe: Verdict = Field(description="harms nobody, and stays within the domain's bounds")


class Request(_Form):
    """What the agent is asked."""

    instruction: str = Field(
        description="instruction.md: the goal and every constraint that is checked, with absolute "
        "paths and exact formats; no steps, no answers"
    )


class WorldFile(_Form):
    """A file of the world."""

    path: str = Field(description="absolute, as the agent finds it, such as /app/data/orders.csv")
    content: str = Field(description="text; base64 where `base64` is true")
    executable: bool = False
    base64: bool = False


class World(_Form):
    """What lies on the machine when the agent comes."""

    files: list[WorldFile] = Field(description="written as they are")
    setup: str = Field(
        description="bash, run once as root in /app when the image is built, after the files are "
        "in place, without a network: generates bulk data from fixed seeds, makes repositories, "
        "sets owners, modes and times. May be empty"
    )
    state: list[str] = Field(
        description="absolute paths that are graded; /app is always among them"
    )
    hidden: list[str] = Field(
        description="values that can be had from the world only, such as a computed total or a "
        "culprit's name; the instruction must not hold them"
    )
    dockerfile: str = Field(
        default="", description="only where the standard one does not do; see the instructions"
    )


class Command(_Form):
    """A shell input."""

    command: str = Field(description="bash; the shell goes on between calls, with its variables")


class Work(_Form):
    """A reference solution."""

    commands: list[str] = Field(
        description="separate shell inputs, in order, in one bash that starts in /app; each a "
        "whole command (a heredoc or loop may have several lines)"
    )


class Checks(_Form):
    """The verifier."""

    source: str = Field(
        description="Python: functions decorated with @check('what holds'), and their helpers; "
        "the names of checks.py are imported already, main() is called after it"
    )
    outputs: list[str] = Field(
        default_factory=list,
        description="absolute paths of result files in which every number, word and line matters",
    )
    mutations: list[str] = Field(
        default_factory=list,
        description="bash commands, run in /app on a finished solution, each of which damages a "
        "result so that the checks must fail",
    )
    honest: list[str] = Field(
        default_factory=list,
        description="names of shown attacks that in truth do all the work that is asked for",
    )


class Attack(_Form):
    """A way to be paid without working."""

    name: str = Field(description="a few words")
    script: str = Field(description="bash, run in /app in place of an agent's work")


class Attacks(_Form):
    """Ways to be paid without working."""

    attacks: list[Attack]


class Settings(_Form):
    """task.toml, as far as it is up to the author."""

    description: str = Field(description="one sentence for a list of tasks")
    keywords: list[str] = Field(description="three to eight words")
    agent_timeout_sec: int = Field(description="60 to 7200: time for an agent that works well")
    memory_mb: int = Field(description="256 to 4096")


class Diagnosis(_Form):
    """Who has to mend a failure."""

    owner: Literal["instruction", "environment", "solution", "verifier"]
    reason: str = Field(description="what is wrong, and how you know")
    advice: str = Field(
        description="what the owner is to change; quotes no command of the solution"
    )
