import json
import os
import sys
import time
from pathlib import Path

import pytest
from make_bundle import write_bundle

from terminal_gym.agents import make_agent
from terminal_gym.episodes import read_episodes
from terminal_gym.errors import AgentFault, UserError
from terminal_gym.evaluation import run_episodes

PROGRAM = """\
import json, subprocess, sys
child = subprocess.Popen(["sleep", "1000"])
actions = ["touch done", "exit"]
for line in sys.stdin:
    message = json.loads(line)
    with open(sys.argv[1], "a") as log:
        log.write(json.dumps({**message, "child": child.pid}) + "\\n")
    if message["type"] == "act":
        answer = {"action": actions.pop(0), "message": "so", "metrics": {"prompt_tokens": 3}}
        print(json.dumps({**answer, "llm_calls": 1, "other": None}), flush=True)
"""


def seen():
    return {"instruction": "Do it.", "output": "", "exit_code": -1, "cwd": "/app", "running": 0}


@pytest.fixture
def started(tmp_path):
    agents = []

    def start(text, **options):
        script = tmp_path / "program.py"
        script.write_text(text)
        command = [sys.executable, str(script), str(tmp_path / "log")]
        agent = make_agent("process", command=command, **options)
        agents.append(agent)
        agent.reset(seen(), {"seed": 5, "bundle": "b", "bundle_path": "/secret"})
        return agent

    yield start
    for agent in agents:
        agent.close()


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_it_is_told_and_answers_and_all_of_it_is_killed(tmp_path, started):
    agent = started(PROGRAM)
    assert agent.act(seen()) == "touch done"
    assert agent.last_response.message == "so"
    assert agent.last_response.metrics.prompt_tokens == 3
    assert agent.act(seen()) == "exit"
    agent.close()
    agent.close()
    told = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [message["type"] for message in told] == ["reset", "act", "act", "close"]
    assert told[0]["info"] == {"seed": 5, "bundle": "b"}
    assert told[1]["observation"] == seen()
    assert gone(told[0]["child"]), "its child lives on"


def test_one_that_does_not_want_to_end_is_killed(started):
    agent = started("import signal, time\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(1000)")
    pid = agent._program.pid
    began = time.monotonic()
    agent.close()
    assert time.monotonic() - began < 20
    assert gone(pid)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys\nsys.exit('no such model')", "ended; its stderr: no such model"),
        ("input(); input(); print('hello', flush=True); input()", "'hello', which is no action"),
        ("input(); input(); print('{}', flush=True); input()", "no action: 'action'"),
        ("input(); input(); print('{\"action\": 3}', flush=True); input()", "action is no text"),
        ("input(); input(); print('[]', flush=True); input()", "no action"),
        ("import time\ntime.sleep(1000)", "did not answer within 2 s"),
    ],
)
def test_what_is_no_answer_is_a_fault(started, text, message):
    with pytest.raises(AgentFault, match=message):
        started(text, timeout_s=2 if "sleep" in text else 60).act(seen())


def test_wrong_commands_are_named():
    with pytest.raises(UserError, match="needs a command"):
        make_agent("process")
    agent = make_agent("process", command="/no/such/program --now")
    with pytest.raises(UserError, match="/no/such/program"):
        agent.reset(seen(), {})
    agent.close()


def test_an_episode_in_a_sandbox(tmp_path, namespace_backend):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    command = f"{sys.executable} {script} {tmp_path}/log"
    (result,) = run_episodes(
        [str(write_bundle(tmp_path / "small"))],
        lambda: make_agent("process", command=command, label="mine"),
        backend="namespace",
        out=tmp_path / "episodes.jsonl",
    )
    assert result.solved, result
    (episode,) = read_episodes(tmp_path / "episodes.jsonl")
    assert episode.agent.name == "mine"
    assert episode.final_metrics.total_prompt_tokens == 6
