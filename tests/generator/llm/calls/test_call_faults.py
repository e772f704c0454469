"""What can go wrong between us and a server: each is survived, or said plainly."""

import email.utils
import json
import threading
import time

import pytest
from pydantic import BaseModel
from terminal_gym_generator.llm.calls import (
    BadReply,
    CallFault,
    Refused,
    Tool,
    tool_result,
    user,
)
from terminal_gym_generator.llm.calls import wire as wire_module

from terminal_gym.agents.llm_client import Prices
from terminal_gym.errors import UserError
from tests.model_server import Act, calls, cut, fails, says, serving

ASK = [user("Name a fruit.")]
LONG = says("An apple, as every child that has been to an orchard knows.")


class Fruit(BaseModel):
    name: str


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(wire_module, "_FIRST_PAUSE_S", 0.01)


def ask(asker, task="a-1", again=0, **options):
    return asker.chat("draft", task, ASK, again=again, **options)


@pytest.mark.parametrize(
    "trouble",
    [
        fails(429, "slow down"),
        fails(500),
        fails(503, "overloaded"),
        fails(408),
        (200, b"<html>a proxy's page</html>"),
        (200, {"choices": []}),
        cut(LONG, 0),
        cut(LONG, 2),
        cut(LONG, 2, "reset"),
        cut(LONG, 4),  # all of the text, but not its end
        cut(calls(("run", {"command": "ls -la /srv"})), 2),
    ],
)
def test_what_passes_is_tried_again(caller, trouble):
    with serving(trouble, LONG) as server:
        answer = ask(caller(server))
        assert answer.text.endswith("knows.") and not answer.cached
    assert len(server.requests) == 2
    assert sum(server.whole.values()) == 1 + (trouble[0] == 200 if type(trouble) is tuple else 0)


@pytest.mark.parametrize("ending", ["late", "hang"])
def test_silence_is_noticed(caller, ending):
    with serving(cut(LONG, 1, ending), LONG) as server:
        began = time.monotonic()
        assert ask(caller(server, stall_s=0.5)).text.endswith("knows.")
        assert time.monotonic() - began < 20


def test_a_proxy_that_only_comments_is_noticed(caller):
    with serving(cut(LONG, 1, "comments"), LONG) as server:
        assert ask(caller(server, stall_s=5.0, timeout_s=0.5)).text.endswith("knows.")
    assert len(server.requests) == 2


def test_what_broke_off_is_in_the_ledger(caller):
    with serving(cut(LONG, 2), LONG) as server:
        asker = caller(server, prices=Prices(1.0, 10.0))
        ask(asker)
        lost, reply = asker.entries
        assert (lost.kind, reply.kind) == ("lost", "reply")
        assert lost.estimated and lost.completion_tokens == round(32 / 3)
        assert asker.spent.usd == pytest.approx(lost.cost_usd + reply.cost_usd)


def test_a_server_that_stays_away_ends_the_run_and_loses_nothing(caller):
    with serving(says("an apple"), *[fails(503)] * 3, says("a pear")) as server:
        asker = caller(server, retries=2)
        ask(asker)
        with pytest.raises(CallFault, match=r"no reply in 3 tries.*503"):
            ask(asker, again=1)
        later = caller(server, retries=2)
        assert [ask(later, again=at).text for at in (0, 1)] == ["an apple", "a pear"]
    assert len(server.requests) == 5


def test_nobody_at_the_address(caller):
    with serving() as server:
        pass
    with pytest.raises(CallFault, match="no reply in 2 tries"):
        ask(caller(server, retries=1))


@pytest.mark.parametrize("wish", ["0.6", "date"])
def test_retry_after_is_heeded(caller, wish):
    wished = email.utils.format_datetime if wish == "date" else None
    if wished:
        in_two = email.utils.localtime().timestamp() + 2
        wish = email.utils.formatdate(in_two, usegmt=True)  # whole seconds: at least one from now
    with serving(fails(429, retry_after=wish), LONG) as server:
        began = time.monotonic()
        ask(caller(server))
        assert time.monotonic() - began > 0.5


def test_a_429_makes_every_thread_wait(caller):
    """The second call is not sent before the first one's pause is over."""
    with serving(fails(429, retry_after="1"), LONG, LONG) as server:
        asker = caller(server)
        first = threading.Thread(target=ask, args=(asker,))
        first.start()
        while not server.requests or server.now:
            time.sleep(0.01)
        time.sleep(0.05)  # the client has read the answer
        began = time.monotonic()
        ask(asker, again=1)
        assert time.monotonic() - began > 0.5
        first.join()


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (fails(401, "who are you"), "check the API key"),
        (fails(404, "no such model"), "check the model's name"),
        (fails(429, "you have no money", code="insufficient_quota"), "no money left"),
        (fails(429, "come back tomorrow", retry_after="86400"), "no money left"),
    ],
)
def test_what_no_retry_mends_is_said_at_once(caller, answer, remedy):
    with serving(answer) as server, pytest.raises(UserError, match=remedy):
        ask(caller(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        says(None, refusal="I must not"),
        says("", finish_reason="content_filter"),
        fails(400, "against our policy", code="content_filter"),
    ],
)
def test_a_refusal_costs_one_call(caller, answer):
    with serving(answer) as server:
        asker = caller(server)
        with pytest.raises(Refused):
            ask(asker, schema=Fruit)
        if type(answer) is tuple:  # it was paid for, so it is kept
            with pytest.raises(Refused):
                ask(asker, schema=Fruit)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (says("An apple."), "there is no JSON object in it"),
        (says('{"name": "app'), "its JSON cannot be read: Unterminated"),
        (says('{"name": "a" "b"}'), "its JSON cannot be read"),
        (says('{"title": "apple"}'), "name: Field required"),
        (says('{"name": 3}'), "name: Input should be a valid string"),
        (says('["apple"]'), "there is no JSON object"),
        (says(""), "it is empty"),
        (says('{"name": "apple', finish_reason="length"), "cut off at the limit of tokens"),
    ],
)
def test_a_reply_of_another_form_is_asked_for_again_with_the_reason(caller, bad, told):
    with serving(bad, says('```json\n{"name": "apple"}\n```')) as server:
        asker = caller(server)
        assert ask(asker, schema=Fruit).read(Fruit).name == "apple"
        assert ask(asker, schema=Fruit).cached
    assert len(server.requests) == 2
    assert told in server.conversation()[-1]


def test_a_model_that_never_finds_the_form(caller):
    with serving(*[says("An apple.")] * 9) as server:
        with pytest.raises(BadReply, match="no usable reply in 3 tries: there is no JSON"):
            ask(caller(server), schema=Fruit)
        with pytest.raises(BadReply):
            ask(caller(server), schema=Fruit)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (calls(("walk", {})), "there is no tool 'walk'"),
        (calls(("run", "{")), "JSON"),
        (calls(("run", {"cmd": "ls"})), "name: Field required"),
    ],
)
def test_a_tool_call_that_does_not_fit_is_told(caller, bad, told):
    tool = Tool("run", "Run.", Fruit)
    with serving(bad, calls(("run", {"name": "ls"}))) as server:
        [call] = ask(caller(server), tools=[tool]).tool_calls
    assert call.arguments == {"name": "ls"}
    assert told in server.conversation()[-1]


def stream(*pieces):
    """A stream of tool calls' pieces: (index, id, name, arguments) each."""
    deltas = [
        {"index": at, "id": name, "function": {"name": tool, "arguments": given}}
        for at, name, tool, given in pieces
    ]
    chunks = [
        {"choices": [{"delta": {"tool_calls": [delta]}, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return Act(200, data.encode(), headers={"Content-Type": "text/event-stream"})


@pytest.mark.parametrize(
    "pieces",
    [
        # All of them number 0; one id a piece; an object instead of a text; no number at all.
        [(0, "a", "run", '{"name": "ls"}'), (0, "b", "run", '{"name": "pwd"}')],
        [
            (0, "a", "run", '{"name"'),
            (0, "b", None, ': "ls"}'),
            (1, "c", "run", '{"name": '),
            (1, "d", None, '"pwd"}'),
        ],
        [(0, "a", "run", {"name": "ls"}), (1, "b", "run", {"name": "pwd"})],
        [(None, "a", "run", '{"name": "ls"}'), (None, "b", "run", '{"name": "pwd"}')],
    ],
)
def test_tool_calls_as_servers_number_them(caller, pieces):
    with serving(stream(*pieces)) as server:
        made = ask(caller(server), tools=[Tool("run", "Run.", Fruit)]).tool_calls
    assert [call.arguments["name"] for call in made] == ["ls", "pwd"]


def choosy(*unwanted):
    """An author on a server that answers 400 to fields it does not know."""

    def author(body):
        for word in unwanted:
            if word in json.dumps(body):
                return fails(400, f"Unsupported parameter: {word!r}", param=word)
        if "tools" in json.dumps(body) and "tools" not in body:
            return says('{"tool": "run", "arguments": {"name": "ls"}}')
        return says('{"name": "apple"}')

    return author


@pytest.mark.parametrize(
    ("unwanted", "then"),
    [
        (["strict"], {"type": "json_schema"}),
        (["json_schema"], {"type": "json_object"}),
        (["response_format"], None),
        (["stream_options", "json_schema"], {"type": "json_object"}),
    ],
)
def test_a_server_without_structured_output(caller, unwanted, then):
    with serving(author=choosy(*unwanted)) as server:
        asker = caller(server)
        assert ask(asker, schema=Fruit).parsed.name == "apple"
        before = len(server.requests)
        assert before > 1
        ask(asker, schema=Fruit, again=1)
    assert len(server.requests) == before + 1  # once is enough
    form = server.requests[-1].get("response_format")
    assert form is None if then is None else then.items() <= form.items()


def test_a_parameter_that_the_server_refuses_is_named(caller):
    named = pytest.raises(UserError, match="leave the parameter temperature away")
    with serving(author=choosy("temperature")) as server, named:
        ask(caller(server, parameters={"temperature": 0.3}), schema=Fruit)
    assert len(server.requests) == 1


def test_a_page_instead_of_an_answer(caller):
    page = Act(200, b"<html>welcome</html>", headers={"Content-Type": "text/html"})
    told = pytest.raises(CallFault, match="is base_url that of an API")
    with serving(*[page] * 3) as server, told:
        ask(caller(server, retries=2))


def test_a_server_that_counts_no_tokens_unless_asked(caller):
    with serving(author=choosy("stream_options")) as server:
        answer = ask(caller(server))
    assert answer.usage.estimated and answer.usage.total > 0


def test_a_server_that_wants_max_completion_tokens(caller):
    with serving(author=choosy("max_tokens")) as server:
        ask(caller(server, max_tokens=77))
    assert server.requests[-1]["max_completion_tokens"] == 77


def test_a_server_without_tools(caller):
    tool = Tool("run", "Run.", Fruit)
    with serving(author=choosy('"tools"')) as server:
        asker = caller(server)
        answer = ask(asker, tools=[tool])
        [call] = answer.tool_calls
        assert (call.name, call.arguments, answer.text) == ("run", {"name": "ls"}, "")
        talk = [*ASK, answer.message(), tool_result(call, "fig.txt")]
        asker.chat("draft", "a-1", talk, tools=[tool])
    assert "You have tools" in server.conversation()[0]
    assert server.conversation()[-2:] == [
        '{"tool": "run", "arguments": {"name": "ls"}}',
        "Result:\nfig.txt",
    ]


def test_a_request_that_no_server_takes_costs_its_draft_only(caller):
    full = fails(400, "too long", code="context_length_exceeded")
    with serving(full, LONG) as server:
        asker = caller(server)
        with pytest.raises(BadReply, match="too long"):
            ask(asker, schema=Fruit)
        assert len(server.requests) == 1  # another form would not make it shorter
        assert ask(asker, again=1).text.endswith("knows.")


def test_odd_characters_survive(caller):
    text = "naïve \ud83c\udf4e \ud800 \x00 half"
    with serving(says(text)) as server:
        asker = caller(server)
        answer = ask(asker)
        assert answer.text == "naïve 🍎 \ufffd \x00 half"
        assert ask(asker).text == answer.text


def test_a_run_that_ends_does_not_wait_for_its_pauses(caller):
    with serving(says("a fig"), fails(503, retry_after="60")) as server:
        asker = caller(server)
        ask(asker, again=1)
        ended = []

        def run():
            try:
                ask(asker)
            except CallFault as fault:
                ended.append(str(fault))

        thread = threading.Thread(target=run)
        thread.start()
        while len(server.requests) < 2:
            time.sleep(0.01)
        asker.stop()
        thread.join(20)
        assert ask(asker, again=1).cached
    assert "the run is ending" in ended[0]
