"""The call layer on a server that is well: what is asked, what is given, what is kept."""

import pytest
from pydantic import BaseModel, ConfigDict, Field
from terminal_gym_generator.llm.calls import (
    RawCompletionUnsupported,
    Tool,
    system,
    tool_result,
    user,
)

from terminal_gym.agents.llm_client import Prices
from tests.model_server import calls, fails, says, serving

ASK = [system("You are terse."), user("Name a fruit.")]


class Fruit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    seeds: int = Field(default=0, ge=0)


class Run(BaseModel):
    command: str


RUN = Tool("run", "Run a command.", Run)


def test_a_chat_is_streamed_and_its_reply_kept(caller):
    with serving(says("An apple, as every child knows.")) as server:
        asker = caller(server, prices=Prices(1.0, 10.0))
        first = asker.chat("draft", "a-1", ASK)
        again = asker.chat("draft", "a-1", ASK)
    assert (first.text, first.cached) == ("An apple, as every child knows.", False)
    assert again == first.model_copy(update={"cached": True})
    assert first.usage.prompt_tokens == 100 and first.cost_usd == pytest.approx(300e-6)
    assert len(server.requests) == 1 and server.requests[0]["stream"] is True
    assert asker.kept(first.key).reply.text == first.text


def test_a_later_run_finds_what_an_earlier_one_paid_for(caller):
    with serving(says("an apple")) as server:
        first = caller(server).chat("draft", "a-1", ASK)
        later = caller(server)
        assert later.chat("draft", "a-1", ASK).text == first.text
        assert later.spent.tokens == 120
        assert [entry.run for entry in later.entries] == [1]
    assert len(server.requests) == 1


def test_another_again_is_another_call(caller):
    with serving(says("an apple"), says("a pear")) as server:
        asker = caller(server)
        replies = [asker.chat("draft", "a-1", ASK, again=at).text for at in (0, 1, 0, 1)]
    assert replies == ["an apple", "a pear"] * 2
    assert [body.get("seed") for body in server.requests] == [None, 1]


def test_structured_output(caller):
    with serving(says('{"name": "fig", "seeds": 30}')) as server:
        answer = caller(server).chat("draft", "a-1", ASK, schema=Fruit)
    assert answer.read(Fruit) == Fruit(name="fig", seeds=30)
    form = server.requests[0]["response_format"]["json_schema"]
    assert form["strict"] is True and form["schema"]["required"] == ["name", "seeds"]
    assert '"seeds"' in server.conversation()[0]  # told in words as well


def test_tools(caller):
    with serving(calls(("run", {"command": "ls"})), says('{"name": "fig"}')) as server:
        asker = caller(server)
        asked = asker.chat("solution", "a-1", ASK, schema=Fruit, tools=[RUN])
        [call] = asked.tool_calls
        assert (call.name, call.arguments) == ("run", {"command": "ls"})
        talk = [*ASK, asked.message(), tool_result(call, "fig.txt")]
        assert asker.chat("solution", "a-1", talk, schema=Fruit, tools=[RUN]).parsed.name == "fig"
    *_, assistant, result = server.requests[1]["messages"]
    assert assistant["tool_calls"][0]["id"] == result["tool_call_id"] == "call00001"


def test_raw_completion(caller):
    with serving(says("sort the logs by")) as server:
        answer = caller(server).complete("draft", "a-1", "<|user|>", stop=["<|end|>"])
    assert answer.text == "sort the logs by"
    assert server.paths == ["/v1/completions"]
    assert server.requests[0]["prompt"] == "<|user|>"
    assert server.requests[0]["stop"] == ["<|end|>"]


def test_a_server_without_raw_completion(caller):
    refuses = serving(fails(404, "this is a chat model"))
    with refuses as server, pytest.raises(RawCompletionUnsupported, match="chat model"):
        caller(server).complete("draft", "a-1", "<|user|>")
