"""What becomes of one draft of a scripted author."""

from dataclasses import dataclass

from terminal_gym_generator.domain import builtin_domains
from terminal_gym_generator.llm.calls import Caller, Endpoint
from terminal_gym_generator.llm.drafting import DraftStream
from terminal_gym_generator.llm.engine import ModelEngine
from terminal_gym_generator.llm.novelty import Novelty
from terminal_gym_generator.llm.prompts import Prompts
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.records import GateResult, TaskRecord

from tests.model_server import Server, serving

SPEC = builtin_domains()["data_science"]


@dataclass(frozen=True)
class Found:
    """A draft's task, its gates, and what the server was asked."""

    record: TaskRecord
    gates: list[GateResult]
    server: Server

    @property
    def fell_at(self):
        """The stage or gate that refused it, and why; two empty texts where none did."""
        if self.record.failure:
            stage, _, reason = self.record.failure.partition(": ")
            return stage, reason
        return next(((one.gate, one.detail) for one in self.gates if not one.ok), ("", ""))


def make(author, folder, backend, *, rounds=1):
    """Drive an author's first draft through stages and gates."""
    prompts = Prompts(None)
    with serving(author=author) as server:
        author.url = server.url
        with Caller(Endpoint("scripted", server.url), folder / "_calls") as caller:
            place = Workplace(backend, 2)
            engine = ModelEngine({SPEC.name: SPEC}, caller, prompts, place, folder, rounds=rounds)
            [draft] = DraftStream(SPEC, 0, caller, prompts, Novelty()).take(1)
            made = engine.make(draft, lambda result: None)
    return Found(made.record, list(made.gates or []), server)
