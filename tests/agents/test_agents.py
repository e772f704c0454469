import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from terminal_gym.agents import AGENTS, Agent, agent_names, make_agent
from terminal_gym.errors import UserError

NEEDY = ("hf", "llm", "process")  # they need a model or a program


@pytest.mark.parametrize("name", [name for name in AGENTS if name not in NEEDY])
def test_every_agent_of_the_table_follows_the_protocol(name):
    agent = make_agent(name)
    assert isinstance(agent, Agent)
    assert agent.name == name
    assert name in agent_names()
    agent.close()
    agent.close()


def test_an_agent_by_dotted_path_with_options():
    agent = make_agent("terminal_gym.agents.oracle:OracleAgent", whole=True)
    assert agent.name == "oracle"


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("nobody", {}, "choose one of oracle, nop, human"),
        ("no.such.module:Agent", {}, "cannot be imported"),
        ("terminal_gym.agents:NoSuch", {}, "cannot be imported"),
        ("nop", {"speed": 3}, "arguments|speed"),
        ("builtins:dict", {}, "lacks a member"),
    ],
)
def test_a_wrong_agent_is_an_error_with_a_remedy(name, options, says):
    with pytest.raises(UserError, match=says):
        make_agent(name, **options)


def seen(**changes):
    shown = {"instruction": "# Task", "output": "", "exit_code": 0, "cwd": "/app", "running": 0}
    return {**shown, **changes}


def human(monkeypatch, *typed):
    """A human agent at a terminal where `typed` is typed; an exception stands for its key."""
    out = io.StringIO()
    lines = iter(typed)

    def read(_prompt=""):
        line = next(lines)
        if isinstance(line, type):
            raise line
        return line

    monkeypatch.setattr("builtins.input", read)
    agent = make_agent("human", console=Console(file=out, width=80))
    agent.reset(seen(), {"bundle": "greet"})
    return agent, out


def test_a_human_sees_task_and_output_and_types(monkeypatch):
    agent, out = human(monkeypatch, "ls [bold]")
    assert agent.act(seen(output="one\x1b]0;t\x07\n[bold]two", exit_code=3)) == "ls [bold]"
    assert "Task" in out.getvalue()
    assert "one\n[bold]two\n[3] /app$ " in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_control_d_submits_and_goes_to_a_running_program(monkeypatch):
    agent, _ = human(monkeypatch, EOFError, EOFError)
    assert agent.act(seen()) == "exit"
    assert agent.act(seen(running=1)) == "C-d"


def test_control_c_discards_the_line_and_goes_to_a_running_program(monkeypatch):
    agent, _ = human(monkeypatch, KeyboardInterrupt, "pwd", KeyboardInterrupt)
    assert agent.act(seen()) == "pwd"
    assert agent.act(seen(running=1)) == "C-c"


def test_the_documented_class_is_an_agent(tmp_path, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "agents.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "documented_agent.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    agent = make_agent("documented_agent:MyAgent")
    agent.reset(seen(), {})
    assert (agent.act(seen(exit_code=1)), agent.act(seen())) == ("make test", "exit")


def test_an_agent_by_an_installed_entry_point(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(
        "class Mine:\n    name = 'mine'\n    def reset(self, observation, info): ...\n"
        "    def act(self, observation): return 'exit'\n    def close(self): ...\n"
    )
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[terminal_gym.agents]\nmine = theirs:Mine\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "mine" in agent_names()
    assert make_agent("mine").act({}) == "exit"


def test_every_agent_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "agents.md").read_text()
    assert all(f"| `{name}` |" in text for name in AGENTS)
