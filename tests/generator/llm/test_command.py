"""The command: limits, interruptions and faults end it cleanly, and it goes on where it was."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from terminal_gym_generator.gates import run as gates
from terminal_gym_generator.llm.prompts import OWN, Prompts

from terminal_gym.cli.main import run_cli
from terminal_gym.errors import UserError
from tests.generator.llm.author import Author
from tests.generator.llm.command import generate, outcomes, prompts_of
from tests.model_server import fails, serving

pytestmark = pytest.mark.timeout(400)  # several runs each


@pytest.fixture(autouse=True)
def one_gate(monkeypatch):
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})


def test_a_spent_budget_ends_the_run_and_a_larger_one_goes_on(
    domain, tmp_path, capsys, namespace_backend
):
    out = tmp_path / "out"
    with serving(author=Author()) as server:
        # 120 tokens a call, 11 calls a task; the longest prompt looks like 3,500 beforehand.
        options = ("-n", 3, "--concurrency", 1, "--max-tokens", 20)
        assert generate(server, domain, out, *options, "--budget-tokens", 6_000) == 2
        shown = capsys.readouterr()
        assert "the limit of 6,000 tokens" in shown.err
        assert "run the same command again" in shown.err
        assert "cost: $" in shown.out
        assert (out / "report.html").exists()
        first = outcomes(out)
        assert 1 <= len(first) < 3
        assert all(one.admitted for one in first.values())
        asked = len(server.requests)
        assert generate(server, domain, out, *options, "--budget-tokens", 900_000) == 0
        assert len(outcomes(out)) == 3
        assert first.items() <= outcomes(out).items()
        assert len(server.requests) == len(server.distinct) > asked


def test_a_server_that_is_gone_ends_the_run_with_a_fault(
    domain, tmp_path, capsys, monkeypatch, namespace_backend
):
    monkeypatch.setattr("terminal_gym_generator.llm.calls.wire._FIRST_PAUSE_S", 0.0)

    class Dying(Author):
        asked = 0

        def __call__(self, body):
            self.asked += 1
            return super().__call__(body) if self.asked < 10 else fails(500, "melting")

    author, out = Dying(), tmp_path / "out"
    with serving(author=author) as server:
        assert generate(server, domain, out, "-n", 2, "--concurrency", 1) == 3
        assert "melting" in capsys.readouterr().err
        assert not outcomes(out)  # neither draft is decided
        known = len(server.whole)
        author.asked = -1000
        assert generate(server, domain, out, "-n", 2) == 0
    assert all(one.admitted for one in outcomes(out).values())
    assert known == 9
    assert max(server.whole.values()) == 1  # no reply was asked for twice


INTERRUPTED = """
import sys
sys.path.insert(0, {root!r})
from terminal_gym_generator.gates import run as gates
from terminal_gym.cli.main import run_cli
gates.GATES = {{"builds": gates.GATES["builds"]}}
sys.exit(run_cli({arguments!r}))
"""


class Holding(Author):
    """Keeps its replies back once a draft is decided, until it is told to go on."""

    def __init__(self, out):
        self.out, self.go_on = out, threading.Event()

    def __call__(self, body):
        if any(self.out.glob("*/gates.json")):
            self.go_on.wait(90)
        return super().__call__(body)


def test_an_interrupt_leaves_table_and_report_and_the_run_goes_on(
    domain, tmp_path, namespace_backend
):
    out = tmp_path / "out"
    arguments = ["generate", "--engine", "llm", "--model", "tiny", "--domain", str(domain)]
    arguments += ["--out", str(out), "--concurrency", "2", "-j", "2", "-n", "3"]
    author = Holding(out)
    with serving(author=author) as server:
        arguments += ["--base-url", server.url]
        code = INTERRUPTED.format(root=str(Path(__file__).parents[3]), arguments=arguments)
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        _wait_for(lambda: len(list(out.glob("*/gates.json"))) >= 1, process)
        process.send_signal(signal.SIGINT)
        time.sleep(1)  # it is heard
        author.go_on.set()
        shown, errors = process.communicate(timeout=200)
        assert process.returncode == 130, errors
        assert "run the same command again" in " ".join(shown.split())
        assert "report:" in shown
        before = outcomes(out)
        assert 1 <= len(before) < 3
        assert run_cli(arguments) == 0
        assert len(server.requests) == len(server.distinct)
    assert len(outcomes(out)) == 3
    assert before.items() <= outcomes(out).items()


def _wait_for(done, process, seconds=90):
    end = time.monotonic() + seconds
    while not done():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_dry_run_asks_nobody(domain, tmp_path, capsys):
    with serving(author=Author()) as server:
        assert generate(server, domain, tmp_path / "out", "-n", 50, "--dry-run") == 0
        assert not server.requests
    shown = " ".join(capsys.readouterr().out.split())
    assert "Parcels, carriers, scans, and what became of them" in shown
    assert "draft 2 of freight" in shown
    assert "50 tasks, if 50% of the drafts are admitted: 100 drafts" in shown
    assert "million written, $" in shown
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_is_told_before_anybody_is_asked(domain, tmp_path, capsys):
    def told(*arguments):
        base = ["generate", "--domain", domain, "--out", tmp_path / "out", "-n", 1]
        assert run_cli([*map(str, base), *arguments]) == 2
        return capsys.readouterr().err

    llm = ("--engine", "llm", "--model", "tiny", "--base-url", "http://127.0.0.1:9/v1")
    assert "--engine llm needs a model" in told("--engine", "llm")
    assert "add --engine llm" in told("--model", "tiny")
    assert "families have none" in told("--dry-run")
    assert "'cheap' is no pair" in told(*llm, "--prices", "cheap")
    assert "--budget-usd: Input should be greater than 0" in told(*llm, "--budget-usd", "-1")
    assert "no band from 0.9 to 0.1" in told(*llm, "--solver", "x", "--pass-rate", "0.9:0.1")
    assert "no such folder" in told(*llm, "--prompts", str(tmp_path / "none"))


def test_a_users_prompts_replace_ours(domain, tmp_path, namespace_backend):
    mine = tmp_path / "prompts"
    mine.mkdir()
    (mine / "personas.txt").write_text("# mine\n\nan admiral\n")
    (mine / "feasibility.md.j2").write_text("Is {{ draft.title }} good?\n{{ draft.summary }}")
    out = tmp_path / "out"
    with serving(author=Author()) as server:
        assert generate(server, domain, out, "-n", 1, "--prompts", mine) == 0
        assert "Who asks: an admiral." in prompts_of(server, "Idea")[0]
        assert prompts_of(server, "Judgement")[0].startswith("Is ")
        # Other prompts make other bundles, so the folder is taken.
        assert generate(server, domain, out, "-n", 1) == 2
    assert json.loads((out / "_plan.json").read_text())["settings"]["model"] == "tiny"


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("feasability.md.j2", "x", "nothing asks for a prompt of that name"),
        ("draft.md.j2", "{{ hand.colour }}", "no attribute 'colour'"),
        ("draft.md.j2", "{% if %}", "TemplateSyntaxError"),
        ("personas.txt", "# nobody\n", "it is empty"),
    ],
)
def test_prompts_that_do_not_work_are_named(name, text, word, domain, tmp_path, capsys):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / name).write_text(text)
    with serving(author=Author()) as server:
        options = ("-n", 1, "--prompts", tmp_path / "prompts")
        assert generate(server, domain, tmp_path / "out", *options) == 2
    shown = capsys.readouterr().err
    assert name in shown
    assert word in shown


def test_every_prompt_can_be_found():
    with pytest.raises(UserError, match="no prompt"):
        Prompts().text("nothing.md")
    assert (OWN / "system.md.j2").exists()
