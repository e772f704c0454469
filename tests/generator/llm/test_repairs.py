"""What a gate or an attack finds goes back to the stage that owns it, with the evidence."""

import pytest
from terminal_gym_generator.gates import run as gates

from tests.generator.llm.author import Author, Case
from tests.generator.llm.command import generate, outcomes, prompts_of, records
from tests.model_server import serving

FORM = """
@check("regions.csv is there")
def _():
    lines("/app/regions.csv")


@check("report.json has its keys")
def _():
    assert set(json_file("/app/report.json")) == {"region", "cents"}


@check("report.json has a number")
def _():
    assert json_file("/app/report.json")["cents"] > 0
"""
PAID = """touch regions.csv; echo '{"region": "x", "cents": 1}' > report.json"""

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def few_gates(monkeypatch):
    names = ("builds", "nop", "oracle", "prefixes", "mutations", "blind")
    monkeypatch.setattr(gates, "GATES", {name: gates.GATES[name] for name in names})


def again(prompt):
    return "You handed this in before" in prompt


class Sloppy(Author):
    """Makes one mistake at each stage, and mends it when told."""

    def request(self, prompt):
        made = super().request(prompt)
        if not again(prompt):
            total = max(Case(prompt).totals.values())
            made["instruction"] += f" For a check: the most is {total}."
        return made

    def work(self, prompt):
        made = super().work(prompt)
        if not again(prompt):
            made["commands"].append("cat report.json")
        return made

    def checks(self, prompt):
        made = super().checks(prompt)
        if "was attacked" not in prompt and "were attacked" not in prompt:
            made["source"] = FORM
        return made

    def attacks(self, prompt):
        return {"attacks": [{"name": "only the form", "script": PAID}]}


@pytest.mark.slow
def test_mistakes_go_back_to_their_owners(domain, tmp_path, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Sloppy()) as server:
        assert generate(server, domain, out, "-n", 1) == 0
    (outcome,) = outcomes(out).values()
    assert outcome.admitted
    (record,) = records(out).values()
    assert [(one.gate, one.owner) for one in record.repairs] == [
        ("blind", "instruction"),
        ("attack", "verifier"),
        ("prefixes", "solution"),
    ]
    assert "1 only the form: the script earned 1" in record.repairs[1].reason
    assert "not needed: cat report.json" in record.repairs[2].reason
    # Each author was shown the evidence, and the verifier's never the solution.
    assert any("not needed: cat report.json" in one for one in prompts_of(server, "Work"))
    assert any("the instruction tells" in one for one in prompts_of(server, "Request"))
    assert any(PAID in one for one in prompts_of(server, "Checks"))
    assert not any("jq -n --arg" in one for one in prompts_of(server, "Checks"))
    page = (out / "report.html").read_text()
    assert "Sent back 3 times" in page
    assert "solution done again" in page


class Stubborn(Author):
    """Never mends the solution's last command."""

    def work(self, prompt):
        made = super().work(prompt)
        return {"commands": [*made["commands"], "cat report.json"]}


@pytest.mark.slow
def test_after_the_last_round_the_gate_refuses(domain, tmp_path, monkeypatch, namespace_backend):
    monkeypatch.setattr("terminal_gym_generator.pipeline._MOST_DRAFTS", -19)
    out = tmp_path / "out"
    with serving(author=Stubborn()) as server:
        assert generate(server, domain, out, "-n", 1, "--rounds", 1) == 2
    (outcome,) = outcomes(out).values()
    assert outcome.fell_at == "prefixes"
    assert len(prompts_of(server, "Diagnosis")) == 1
    name = outcome.draft.id
    assert (out / "_rejects" / name / "reason.txt").read_text().startswith("prefixes: the first 13")
    assert (out / "report.html").exists()


class Forgetful(Author):
    """Does not check the report at first; the judge quotes the solution to whoever reads it."""

    def checks(self, prompt):
        made = super().checks(prompt)
        if not again(prompt):
            report = made["source"].index('@check("report.json')
            end = made["source"].index('@check("the orders')
            tail = '@check("the orders are there")\ndef _():\n    lines("/app/orders.csv")\n'
            made["source"] = made["source"][:report] + made["source"][end:] + f"\n\n{tail}"
        return made

    def diagnosis(self, prompt):
        command = self.work(prompt)["commands"][-1]
        return {"owner": "verifier", "reason": "it forgets", "advice": f"check what {command} does"}


@pytest.mark.slow
def test_the_verifiers_author_is_never_shown_the_solution(domain, tmp_path, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Forgetful()) as server:
        assert generate(server, domain, out, "-n", 1) == 0
    (record,) = records(out).values()
    assert [(one.gate, one.owner) for one in record.repairs] == [("prefixes", "verifier")]
    (told,) = {one for one in prompts_of(server, "Checks") if again(one)}
    assert "the checks pass before the last of the work is done" in told
    assert "PASSED  regions.csv has every region's cents" in told
    for command in record.solution.commands[6:]:
        assert command not in told


class Diligent(Author):
    """Its attacker does the work, and the verifier's author says so."""

    def attacks(self, prompt):
        script = "\n".join(self.work(prompt)["commands"])
        return {"attacks": [{"name": "all of it", "script": script}]}

    def checks(self, prompt):
        made = super().checks(prompt)
        return {**made, "honest": ["1 all of it"]} if again(prompt) else made


@pytest.mark.slow
def test_an_attack_that_does_the_work_is_none(domain, tmp_path, monkeypatch, namespace_backend):
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})
    out = tmp_path / "out"
    with serving(author=Diligent()) as server:
        assert generate(server, domain, out, "-n", 1) == 0
    (record,) = records(out).values()
    assert [one.gate for one in record.repairs] == ["attack"]


class Flatterer(Author):
    """Its verifier looks at the form only, and it calls the stub that passes honest work."""

    def checks(self, prompt):
        made = super().checks(prompt)
        return {**made, "source": FORM, "honest": ["1 only the form"]}

    def attacks(self, prompt):
        return {"attacks": [{"name": "only the form", "script": PAID}]}


@pytest.mark.slow
def test_a_stub_is_not_called_honest(domain, tmp_path, monkeypatch, namespace_backend):
    monkeypatch.setattr("terminal_gym_generator.pipeline._MOST_DRAFTS", -19)
    out = tmp_path / "out"
    with serving(author=Flatterer()) as server:
        assert generate(server, domain, out, "-n", 1) == 2
    (outcome,) = outcomes(out).values()
    assert "verifier: an attack still pays after 2 refinements: 1 only the form" in outcome.reason


class Mover(Author):
    """Counts the wrong orders until the world is made anew, and lays the blame there."""

    def work(self, prompt):
        made = super().work(prompt)
        if "made anew" not in prompt:
            made["commands"] = [one.replace('"paid"', '"void"') for one in made["commands"]]
        return made

    def diagnosis(self, prompt):
        assert "FAILED  regions.csv" in prompt
        return {"owner": "environment", "reason": "the status is odd", "advice": "mend the status"}


@pytest.mark.slow
def test_a_new_world_brings_a_new_solution_and_a_new_verifier(domain, tmp_path, namespace_backend):
    out = tmp_path / "out"
    with serving(author=Mover()) as server:
        assert generate(server, domain, out, "-n", 1) == 0
    (record,) = records(out).values()
    assert [(one.gate, one.owner) for one in record.repairs] == [("oracle", "environment")]
    assert any("mend the status" in one for one in prompts_of(server, "World"))
    assert any("made anew" in one for one in prompts_of(server, "Checks"))
