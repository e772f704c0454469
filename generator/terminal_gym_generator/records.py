"""What each stage produces, and the record that keeps all of it.

The stages are those of LiteCoder-Terminal-Gen: draft, feasibility, instruction, environment,
solution, verifier, configuration. Both engines (parametric families, language models) fill the
same models; a `TaskRecord` lies beside every bundle as `record.json`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Draft(_Frozen):
    """A task idea, cheap enough to throw away."""

    id: str = Field(description="the bundle's folder name")
    engine: str = Field(description="'families' or 'llm'")
    model: str = Field(default="", description="who wrote the task (llm)")
    domain: str
    title: str
    summary: str = Field(default="", description="one or two sentences")
    skills: list[str] = Field(default_factory=list, description="named in the domain specification")
    difficulty: int = Field(ge=1, le=5)
    families: list[str] = Field(default_factory=list, description="the chain's families, in order")
    seed: int | None = Field(default=None, description="the instance's seed (families)")
    idea: str = Field(default="", description="what the later stages build on (llm)")
    refused: str = Field(default="", description="why nothing more is spent on it (llm)")


class Criterion(_Frozen):
    """One feasibility criterion and what was judged."""

    name: str
    ok: bool
    reason: str


class Feasibility(_Frozen):
    """Whether the draft can become a good task."""

    criteria: list[Criterion]

    @property
    def ok(self) -> bool:
        """Whether every criterion holds."""
        return all(criterion.ok for criterion in self.criteria)

    @property
    def failure(self) -> str:
        """The criteria that do not hold, with their reasons; "" where all do."""
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in self.criteria if not one.ok)
        return reasons and f"feasibility: {reasons}"


class Instruction(_Frozen):
    """instruction.md, and what must not be in it."""

    text: str
    hidden: list[str] = Field(default_factory=list, description="values only the world may hold")


class TextFile(_Frozen):
    """A file of the build context."""

    content: str = Field(description="text, or base64 where `base64` is set")
    executable: bool = False
    base64: bool = False


class Environment(_Frozen):
    """The build context: Dockerfile and the files that it copies."""

    dockerfile: str
    files: dict[str, TextFile] = Field(description="by path inside environment/")
    state: list[str] = Field(description="absolute paths that are graded")


class Solution(_Frozen):
    """The reference solution, one shell input per entry."""

    commands: list[str]


class Mutations(_Frozen):
    """How the oracle's results can be damaged; every damage must cost the reward."""

    outputs: list[str] = Field(default_factory=list, description="exact result files")
    commands: list[str] = Field(default_factory=list, description="bash, run in the root folder")
    root: str = "/app"


class Verifier(_Frozen):
    """tests/: the checks, and the seeds of their own trial."""

    source: str = Field(description="tests/verify.py")
    checks: list[str] = Field(description="the checks' names")
    mutations: Mutations = Field(default_factory=Mutations)


class Configuration(_Frozen):
    """task.toml."""

    text: str


class GateResult(_Frozen):
    """What one admission gate said."""

    gate: str
    ok: bool
    detail: str = Field(default="", description="one line: figures, or why it failed")
    skipped: bool = Field(default=False, description="it does not apply; `detail` says why")
    elapsed_s: float = Field(default=0.0, exclude=True)


class Repair(_Frozen):
    """A stage that was done again, because of what a gate or an attack had found."""

    gate: str
    owner: str = Field(description="the stage that was done again")
    reason: str = Field(description="one line: what was found")


class TaskRecord(_Frozen):
    """Everything that became of one draft."""

    draft: Draft
    feasibility: Feasibility | None = None
    instruction: Instruction | None = None
    environment: Environment | None = None
    solution: Solution | None = None
    verifier: Verifier | None = None
    configuration: Configuration | None = None
    repairs: list[Repair] = Field(default_factory=list, description="in order (llm)")
    gates: list[GateResult] = Field(default_factory=list)
    failure: str = Field(default="", description="why it was rejected before the gates")

    @property
    def admitted(self) -> bool:
        """Whether the task passed every gate."""
        return not self.failure and bool(self.gates) and all(gate.ok for gate in self.gates)
