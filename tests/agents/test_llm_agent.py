import gc
import json
import re

import pytest
from make_bundle import write_bundle
from model_server import fails, says, serving

from terminal_gym.agents import make_agent
from terminal_gym.agents.history import History
from terminal_gym.agents.llm_client import _connect
from terminal_gym.episodes import read_episodes
from terminal_gym.errors import AgentFault, UserError
from terminal_gym.evaluation import run_episodes

pytest.importorskip("openai")


@pytest.fixture(autouse=True)
def own_world(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "TERMINAL_GYM_LLM"):
        monkeypatch.delenv(name, raising=False)
    yield
    _connect.cache_clear()
    gc.collect()


def seen(**changes):
    shown = {"instruction": "Do it.", "output": "", "exit_code": -1, "cwd": "/app", "running": 0}
    return {**shown, **changes}


def began(server, **options):
    agent = make_agent("llm", model="tiny", base_url=server.url, **options)
    agent.reset(seen(), {"seed": 7})
    return agent


def bash(command):
    return f"I will do so.\n\n```bash\n{command}\n```\n"


def terminus(*keystrokes, complete=False):
    commands = [{"keystrokes": keys, "duration": 0.1} for keys in keystrokes]
    return json.dumps(
        {"analysis": "a", "plan": "p", "commands": commands, "task_complete": complete}
    )


def test_one_fenced_command_per_turn():
    with serving(says(bash("ls\npwd")), says(bash("exit"))) as server:
        agent = began(server, temperature=0.5, max_tokens=99, extra={"top_k": 3}, seeded=True)
        assert agent.act(seen()) == "ls\npwd"
        assert agent.act(seen(output="a\n/app\n", exit_code=2)) == "exit"
    first, second = server.requests
    assert {key: first[key] for key in ("model", "temperature", "max_tokens", "top_k", "seed")} == {
        "model": "tiny",
        "temperature": 0.5,
        "max_tokens": 99,
        "top_k": 3,
        "seed": 7,
    }
    assert "Do it." in first["messages"][0]["content"]
    assert second["messages"][1] == {"role": "assistant", "content": bash("ls\npwd")}
    assert second["messages"][2]["content"] == "a\n/app\n[exit code: 2, cwd: /app]"
    assert server.keys == ["Bearer none"] * 2


def test_tokens_and_cost_are_recorded():
    scored = {"content": [{"token": "a", "logprob": -0.25, "bytes": None, "top_logprobs": []}]}
    cached = {"prompt_tokens_details": {"cached_tokens": 40}}
    answer = says(
        bash("ls"),
        usage=cached,
        token_ids=[5, 6],
        prompt_token_ids=[1, 2, 3],
        logprobs=scored,
        reasoning_content="hm",
    )
    with serving(answer) as server:
        agent = began(server, token_ids=True, input_price=1.0, output_price=10.0, cached_price=0.5)
        agent.act(seen())
        assert server.requests[0]["return_token_ids"] is True
    response = agent.last_response
    assert (response.message, response.reasoning, response.model_name, response.llm_calls) == (
        bash("ls"),
        "hm",
        "tiny-2026",
        1,
    )
    metrics = response.metrics
    assert metrics.cost_usd == pytest.approx((60 * 1.0 + 40 * 0.5 + 20 * 10.0) / 1e6)
    assert (metrics.prompt_tokens, metrics.cached_tokens, metrics.completion_tokens) == (
        100,
        40,
        20,
    )
    assert (metrics.prompt_token_ids, metrics.completion_token_ids) == ([1, 2, 3], [5, 6])
    assert metrics.logprobs == [-0.25]


def test_the_servers_own_cost_comes_first():
    with serving(says(bash("ls"), usage={"cost": 0.125})) as server:
        agent = began(server, input_price=1.0)
        agent.act(seen())
    assert agent.last_response.metrics.cost_usd == 0.125


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (says("I don't know."), "there is no fenced block"),
        (says(bash("a") + bash("b")), "there are 2 fenced blocks"),
        (says("```python\nprint()\n```"), "says python, not bash"),
        (says(None, refusal="I must not"), r"it is a refusal \(I must not\)"),
        (says("", finish_reason="content_filter"), "content filter"),
        (says(bash("ls"), finish_reason="length"), "it was cut off"),
    ],
)
def test_an_unusable_reply_is_answered_and_counted(reply, problem):
    with serving(reply, says(bash("ls"))) as server:
        agent = began(server)
        assert agent.act(seen()) == "ls"
    said = server.conversation()[-1]
    assert re.search(problem, said)
    metrics = agent.last_response.metrics
    assert metrics.extra["malformed"] == 1
    assert re.search(problem, metrics.extra["unusable"][0]["problem"])
    assert (agent.last_response.llm_calls, metrics.prompt_tokens) == (2, 200)


def test_after_many_unusable_replies_the_work_is_submitted():
    with serving(*[says("no")] * 3) as server:
        agent = began(server, max_malformed=3)
        assert agent.act(seen(running=1)) == "C-c"
        assert agent.act(seen(running=1)) == "C-\\"
        assert agent.act(seen()) == "exit"
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    "trouble",
    [fails(429, "slow down"), fails(500), fails(503), (200, b"{half"), (200, {"choices": []})],
)
def test_what_passes_is_tried_again(trouble):
    with serving(trouble, says(bash("ls"))) as server:
        assert began(server, retries=3).act(seen()) == "ls"
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "requests", "says_so"),
    [
        (fails(429, "slow down"), 3, "lower --concurrency"),
        (fails(500), 3, "Run again"),
        (fails(401, "who are you"), 1, "check the API key"),
        (fails(404, "no such model"), 1, "check the model's name"),
        (fails(400, "odd field"), 1, "odd field"),
        ((200, b"<html>"), 3, "no chat completion"),
    ],
)
def test_what_does_not_pass_is_a_fault(answer, requests, says_so):
    with serving(*[answer] * 9) as server:
        agent = began(server, retries=2)
        with pytest.raises(AgentFault, match=says_so):
            agent.act(seen())
        assert len(server.requests) == requests


def test_a_server_that_is_not_there_is_a_fault():
    with serving() as server:
        pass
    with pytest.raises(AgentFault, match="tiny"):
        began(server, retries=0).act(seen())


@pytest.mark.parametrize(
    "full",
    [
        fails(400, "too long", code="context_length_exceeded"),
        fails(400, "the request exceeds the available context size, try increasing it"),
        fails(400, "too long", type="exceed_context_size_error"),
        (400, {"message": "This model's maximum context length is 9 tokens.", "code": 400}),
        (400, b"maximum context length reached"),
    ],
    ids=["code", "message", "type", "no error object", "plain text"],
)
def test_a_full_context_leaves_out_the_oldest_rounds(full):
    replies = [says(bash(f"echo {n}")) for n in range(6)]
    with serving(*replies[:5], full, replies[5], *[full] * 9) as server:
        agent = began(server)
        for n in range(6):
            assert agent.act(seen(output="x" * 500)) == f"echo {n}"
        talk = server.conversation(6)
        assert "Do it." in talk[0] and "rounds are left out" in talk[0]
        assert bash("echo 4") in talk and bash("echo 0") not in talk
        with pytest.raises(AgentFault, match="the task alone is too long"):
            agent.act(seen())


def test_history_keeps_the_task_and_the_latest_rounds():
    history = History(1000)
    history.begin("task")
    sizes = []
    for n in range(40):
        history.add(f"reply {n} " + "r" * 40, "a" * 50)
        sizes.append(sum(len(message["content"]) for message in history.messages()))
    messages = history.messages()
    assert max(sizes) < 1100 and history.dropped > 20
    assert messages[0]["content"].startswith(f"task\n\n[The first {history.dropped} rounds")
    assert messages[-2]["content"].startswith("reply 39 ")
    assert [message["role"] for message in messages[1:]] == ["assistant", "user"] * (
        len(messages) // 2
    )


def test_terminus_keystrokes_become_inputs_and_completion_is_asked_back():
    script = [
        says("<think>{hm}</think>" + terminus("ls\n", "cat", " a\n", "C-c")),
        says(terminus()),
        says(terminus(complete=True)),
        says(terminus("sync\n", complete=True)),
    ]
    with serving(*script) as server:
        agent = began(server, form="terminus")
        assert [agent.act(seen(output="o")) for _ in range(3)] == ["ls", "cat a", "C-c"]
        assert len(server.requests) == 1
        assert agent.last_response.llm_calls == 0
        assert agent.act(seen(output="end\n")) == ""
        assert server.conversation()[-1] == (
            "New Terminal Output:\n/app$ ls\no\n/app$ cat a\no\n/app$ C-c\nend\n/app$ "
        )
        assert agent.act(seen()) == "sync"
        assert "You reported the task as complete" in server.conversation()[-1]
        assert agent.last_response.llm_calls == 2
        assert agent.act(seen()) == "exit"


def test_a_long_duration_is_waited_for(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("terminal_gym.agents.llm.time.monotonic", lambda: clock[0])
    commands = [{"keystrokes": "make\n", "duration": 50}, {"keystrokes": "y\n", "duration": 50}]
    script = [says(json.dumps({"commands": commands})), says(terminus("ls\n"))]
    with serving(*script) as server:
        agent = began(server, form="terminus")
        assert agent.act(seen()) == "make"
        for clock[0], output in ((30.0, "one\n"), (49.0, "two\n")):
            assert agent.act(seen(output=output, running=1)) == "", "its 50 s are not over"
            assert agent.last_response.llm_calls == 0
        clock[0] = 51.0
        assert agent.act(seen(output="more? ", running=1)) == "y"
        clock[0] = 52.0
        assert agent.act(seen(output="need input: ", running=1)) == "ls", "it came back at once"
        assert server.conversation()[-1] == (
            "New Terminal Output:\n/app$ make\none\ntwo\nmore? \ny\nneed input: \n"
        )


def test_a_claim_with_commands_is_asked_back_after_their_output():
    with serving(says(terminus("sync\n", complete=True)), says(terminus(complete=True))) as server:
        agent = began(server, form="terminus")
        assert agent.act(seen()) == "sync"
        assert agent.act(seen(output="synced\n")) == "exit"
        assert "synced\n" in server.conversation()[-1]
        assert "You reported the task as complete" in server.conversation()[-1]


def test_a_malformed_terminus_reply():
    with serving(says('{"commands": [{"keys": 1}]}'), says(terminus("\n"))) as server:
        agent = began(server, form="terminus")
        assert agent.act(seen(running=1)) == "Enter"
        assert 'commands[0] has no text "keystrokes"' in server.conversation()[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs a model"),
        ({"model": "m"}, "no API key"),
        ({"model": "m", "base_url": "http://x/v1", "form": "poem"}, "no form 'poem'"),
    ],
)
def test_wrong_options_are_named_at_once(options, message):
    with pytest.raises(UserError, match=message):
        make_agent("llm", **options)


def test_an_episode_in_a_sandbox(tmp_path, namespace_backend):
    bundle = write_bundle(tmp_path / "small")
    script = [says("hm"), says(bash("touch done")), says(bash("exit"))]
    with serving(*script) as server:
        (result,) = run_episodes(
            [str(bundle)],
            lambda: make_agent("llm", model="tiny", base_url=server.url, input_price=1.0),
            backend="namespace",
            out=tmp_path / "episodes.jsonl",
        )
    assert result.solved, result
    (episode,) = read_episodes(tmp_path / "episodes.jsonl")
    assert episode.agent.model_name == "tiny"
    assert episode.final_metrics.total_prompt_tokens == 300
    assert episode.final_metrics.total_cost_usd == pytest.approx(300 / 1e6)
    assert [step.llm_call_count for step in episode.rounds] == [2, 1]


def test_a_dead_server_is_a_fault_and_no_zero(tmp_path, namespace_backend):
    bundle = write_bundle(tmp_path / "small")
    with serving(says(bash("touch done")), *[fails(500)] * 2) as server:
        (result,) = run_episodes(
            [str(bundle)],
            lambda: make_agent("llm", model="tiny", base_url=server.url, retries=1),
            backend="namespace",
            out=tmp_path / "episodes.jsonl",
        )
    assert (result.valid, result.reward, result.fault.type) == (False, None, "AgentFault")


def test_the_next_step_of_a_task_begins_a_conversation_of_its_own():
    with serving(says(bash("exit")), says(bash("pwd"))) as server:
        agent = began(server)
        assert agent.act(seen()) == "exit"
        assert agent.act(seen(instruction="Then do that.", output="[step 2 of 2]")) == "pwd"
    (told,) = server.requests[1]["messages"]
    assert "Then do that." in told["content"] and "Do it." not in told["content"]
