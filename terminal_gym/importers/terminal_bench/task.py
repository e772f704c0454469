"""task.yaml and the files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terminal_gym.bundle.files import read_yaml
from terminal_gym.errors import BundleError, UnsupportedFeature

Parser = Literal["pytest", "swebench", "sweperf", "mlebench", "swelancer"]
REMEDY = "name a Terminal-Bench task"  # where one of its files is missing


class Description(BaseModel):
    """One wording of the task, in files older than `instruction`."""

    model_config = ConfigDict(frozen=True)

    key: str
    description: str


class TaskYaml(BaseModel):
    """A task.yaml. Defaults are Terminal-Bench's."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    instruction: str | None = None
    descriptions: list[Description] = Field(default_factory=list)
    author_name: str = "unknown"
    author_email: str = "unknown"
    difficulty: Literal["easy", "medium", "hard", "unknown"] = "unknown"
    category: str = "software_engineering"
    tags: list[str] = Field(default_factory=list)
    parser_name: Parser = "pytest"
    max_agent_timeout_sec: float = Field(default=360.0, gt=0)
    max_test_timeout_sec: float = Field(default=60.0, gt=0)
    run_tests_in_same_shell: bool = False
    disable_asciinema: bool = False
    estimated_duration_sec: float | None = None
    expert_time_estimate_min: float | None = None
    junior_time_estimate_min: float | None = None
    test_scripts: list[str] = Field(default_factory=list)


def read_task(folder: Path) -> TaskYaml:
    """task.yaml of a folder.

    Raises:
        BundleError: It is missing or malformed; names the file, the key and the fix.
    """
    file = folder / "task.yaml"
    try:
        return TaskYaml.model_validate(read_yaml(file, REMEDY))
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"]) or "the file"
        raise BundleError(f"{file}: {key}: {problem['msg']}", remedy=f"correct {key}") from error


def instruction_of(task: TaskYaml, file: Path, key: str) -> str:
    """The task's text: `instruction`, or the description of that key.

    Raises:
        BundleError: There is none, or none by that key.
    """
    text = task.instruction
    if text is None:
        found = {one.key: one.description for one in task.descriptions}
        if not found:
            raise BundleError(f"{file}: instruction: missing", remedy="write the task's text there")
        if key not in found:
            raise BundleError(
                f"{file}: descriptions: none has the key {key!r}",
                remedy=f"choose by --description: {', '.join(found)}",
            )
        text = found[key]
    if not text.strip():
        raise BundleError(f"{file}: instruction: empty", remedy="write the task's text there")
    return text if text.endswith("\n") else f"{text}\n"


def refuse_same_shell(task: TaskYaml, file: Path) -> None:
    """Tests that look into the agent's own shell cannot run: it is dead before they start.

    Raises:
        UnsupportedFeature: The task asks for it.
    """
    if task.run_tests_in_same_shell:
        raise UnsupportedFeature(
            f"{file}: run_tests_in_same_shell: the agent's shell is dead when its work is graded",
            remedy="--fresh-shell converts it all the same, for tests that look at files only",
        )
