"""What authors hand in is looked at, told about, and after some tries costs the draft."""

import pytest
from pydantic import ValidationError
from terminal_gym_generator.families_engine import DOCKERFILE
from terminal_gym_generator.gates import run as gates
from terminal_gym_generator.llm.forms import Checks, World
from terminal_gym_generator.llm.source import ChecksRefusedError, verifier_of
from terminal_gym_generator.llm.world import WorldRefusedError, environment_of, hidden_of

from tests.generator.llm.author import Author
from tests.generator.llm.command import generate, outcomes, prompts_of
from tests.model_server import serving

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def one_draft_and_one_gate(monkeypatch):
    monkeypatch.setattr("terminal_gym_generator.pipeline._MOST_DRAFTS", -19)
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})


def world(**changes):
    given = {"files": [], "setup": "", "state": ["/app"], "hidden": ["4711"], **changes}
    return World.model_validate(given)


def file(path, content="x", **more):
    return {"path": path, "content": content, **more}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"files": [file("/app/../../etc/passwd")]}, "no '.', '..'"),
        ({"files": [file("../x")]}, "absolute path"),
        ({"files": [file("app/x")]}, "absolute path"),
        ({"files": [file("/app//x")]}, "empty or odd parts"),
        ({"files": [file("/app/a\nb")]}, "empty or odd parts"),
        ({"files": [file("/tests/verify.py")]}, "may lie below"),
        ({"files": [file("/logs/verifier/reward.txt")]}, "may lie below"),
        ({"files": [file("/proc/self/mem")]}, "may lie below"),
        ({"files": [file("/application")]}, "may lie below"),
        ({"files": [file("/app/x"), file("/app/x")]}, "given twice"),
        ({"files": [file("/app/x"), file("/app/x/y")]}, "a file and a folder"),
        ({"files": [file("/app/x", "y" * 300_000)]}, "more than 200000"),
        ({"files": [file(f"/app/{n}", "y" * 150_000) for n in range(20)]}, "more than 2000000"),
        ({"files": [file(f"/app/{n}") for n in range(200)]}, "200 files"),
        ({"files": [file("/app/x", "no base64!", base64=True)]}, "base64"),
        ({"state": ["/"]}, "absolute path"),
        ({"state": ["/etc"]}, "grade a folder inside"),
        ({"state": ["/root/.ssh"]}, "may lie below"),
        ({"setup": "curl -sO https://example.com/data.csv"}, "needs the network"),
        ({"dockerfile": "FROM alpine\nCOPY world/ /\n"}, "FROM debian:bookworm-slim"),
        ({"dockerfile": f"{DOCKERFILE}FROM {'debian:bookworm-slim'}\n"}, "one stage"),
        ({"dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n"}, "COPY world/ /"),
        ({"dockerfile": DOCKERFILE + "RUN pip install requests\n"}, "needs the network"),
    ],
)
def test_worlds_that_are_refused(changes, word):
    with pytest.raises(WorldRefusedError) as caught:
        environment_of(world(**changes))
    assert word in str(caught.value)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_is_no_text_is_no_answer(text):
    for changes in ({"files": [file("/app/x", text)]}, {"hidden": ["x", text]}, {"setup": text}):
        with pytest.raises(ValidationError, match="bytes go into base64"):
            world(**changes)


@pytest.mark.parametrize("text", ["\\u0000", "ü – 日本 \U0001f600", "a\tb\n"])
def test_all_that_is_text_is_an_answer(text):
    assert world(setup=text).setup == text


def test_a_world_becomes_a_build_context():
    made = environment_of(world(files=[file("/srv/a b/x.csv", "1\n")], state=["/srv/a b/"]))
    assert made.dockerfile == DOCKERFILE
    assert made.files["world/srv/a b/x.csv"].content == "1\n"
    assert made.state == ["/app", "/srv/a b"]
    with pytest.raises(WorldRefusedError, match="hidden is empty"):
        hidden_of(world(hidden=[" "]))


GOOD = "\n".join(f"@check('{n}')\ndef _():\n    assert False\n" for n in "abc")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"source": "def ("}, "no Python"),
        ({"source": "assert True"}, "0 checks"),
        ({"source": GOOD.replace("'b'", "'a'")}, "one name"),
        ({"source": GOOD + "#" * 70_000}, "longer than"),
        ({"outputs": ["/etc/passwd"]}, "not lie in what is graded"),
        ({"outputs": ["/app/../etc/passwd"]}, "not lie in what is graded"),
        ({"outputs": []}, "at least 5 mutations"),
    ],
)
def test_checks_that_are_refused(changes, word):
    with pytest.raises(ChecksRefusedError) as caught:
        verifier_of(Checks(**{"source": GOOD, "outputs": ["/app/x"], **changes}), "t", ["/app"])
    assert word in str(caught.value)


def test_a_closing_main_is_the_frames():
    made = verifier_of(Checks(source=f"{GOOD}\nmain()\n", outputs=["/app/x"]), "t", ["/app"])
    assert made.checks == ["a", "b", "c"]
    assert made.source.count("main()") == 1


def spoiled(stage, change, *, mends=False):
    """An author whose stage is changed; always, or until it was told once."""

    class Spoiled(Author):
        told = 0

        def __call__(self, body):
            text = "\n".join(str(message.get("content")) for message in body["messages"][2:])
            self.told = "does not do" in text or "Refused:" in text
            return super().__call__(body)

    def method(self, prompt):
        made = getattr(Author, stage)(self, prompt)
        return made if mends and self.told else change(made)

    setattr(Spoiled, stage, method)
    return Spoiled()


STAGES = [
    ("world", lambda made: {**made, "setup": "echo no such thing >&2; exit 3"}, "no such thing"),
    ("world", lambda made: {**made, "files": [file("/app/../x")]}, "environment: path"),
    ("work", lambda made: {"commands": ["echo 'open"]}, "solution: the commands are no bash"),
    ("work", lambda made: {"commands": ["cd /app"]}, "solution: 1 commands"),
    ("work", lambda made: {"commands": ["cat", *made["commands"]]}, "command 1 leaves the shell"),
    ("checks", lambda made: {**made, "source": GOOD.replace("False", "True")}, "earned 1"),
    ("checks", lambda made: {**made, "source": "exit()\n" + GOOD}, "gave no verdict"),
]


@pytest.mark.parametrize(("stage", "change", "word"), STAGES)
def test_work_that_does_not_do_is_told_and_then_costs_the_draft(
    stage, change, word, domain, tmp_path, monkeypatch, namespace_backend
):
    monkeypatch.setattr("terminal_gym_generator.llm.stages.STEP_SECONDS", 1.0)
    out = tmp_path / "out"
    with serving(author=spoiled(stage, change)) as server:
        assert generate(server, domain, out, "-n", 1) == 2
        talk = server.requests[-1]["messages"][2:]
    (outcome,) = outcomes(out).values()
    assert outcome.fell_at == "draft"
    assert word in outcome.reason
    said = [one["content"] for one in talk if one["role"] != "assistant"]
    told = [text for text in said if (word.partition(": ")[2] or word) in text]
    assert len(told) >= 2  # every try before the last was told what is wrong


def test_work_that_is_mended_counts(domain, tmp_path, namespace_backend):
    author = spoiled("world", STAGES[0][1], mends=True)
    with serving(author=author) as server:
        assert generate(server, domain, tmp_path / "out", "-n", 1) == 0
    assert len(prompts_of(server, "World")) == 2


def test_an_infeasible_idea_costs_one_call_more(domain, tmp_path, namespace_backend):
    class Strict(Author):
        def judgement(self, prompt):
            made = super().judgement(prompt)
            return {**made, "offline": {"reason": "it asks a web service", "ok": False}}

    out = tmp_path / "out"
    with serving(author=Strict()) as server:
        assert generate(server, domain, out, "-n", 1) == 2
        assert len(server.requests) == 2
    (outcome,) = outcomes(out).values()
    assert outcome.reason == "feasibility: offline: it asks a web service"


def test_an_author_that_never_hands_in(domain, tmp_path, namespace_backend):
    class Dreamer(Author):
        def looks(self, name):
            return ["sleep 0"] * 100

    out = tmp_path / "out"
    with serving(author=Dreamer()) as server:
        assert generate(server, domain, out, "-n", 1, "--turns", 4) == 2
    (outcome,) = outcomes(out).values()
    assert outcome.reason == "solution: nothing that does was handed in in 4 turns"
    said = [m["content"] for m in server.requests[-1]["messages"]]
    assert "[1 turns are left; submit in time]" in said[-1]
