import json

import pytest

from terminal_gym.env import Terminus2, TextObservation
from terminal_gym.env.wrappers import parse_reply
from terminal_gym.errors import UserError


def test_one_text(make):
    env = TextObservation(make(step_timeout_s=0.5))
    text, _ = env.reset()
    assert text == "Make the file `done`.\n\n[cwd: /app]"
    assert env.observation_space.contains(text)
    assert env.step("echo hi")[0] == "hi\n[exit code: 0, cwd: /app]"
    assert env.step("printf x; cd /; false")[0] == "x\n[exit code: 1, cwd: /]"
    assert env.step("sleep 9")[0].startswith("[still running")
    assert env.reset()[0].startswith("Make the file")


def reply(*commands, complete=False):
    entries = [{"keystrokes": keys, "duration": wait} for keys, wait in commands]
    return json.dumps(
        {"analysis": "a", "plan": "p", "commands": entries, "task_complete": complete}
    )


def test_terminus(make):
    env = Terminus2(make(echo=True))
    text, _ = env.reset()
    assert text.startswith("Task Description:\nMake the file `done`.\n\nCurrent terminal state:\n")
    text, reward, terminated, truncated, _ = env.step(reply(("touch d", 0.1), ("one\nls\n", 5.0)))
    assert text.startswith("New Terminal Output:\n") and "touch done" in text and "\ndone" in text
    assert (reward, terminated, truncated) == (0.0, False, False)
    text, _, terminated, _, _ = env.step(reply(complete=True))
    assert not terminated and "task_complete" in text
    _, reward, terminated, _, info = env.step(reply(complete=True))
    assert (reward, terminated, info["valid"]) == (1.0, True, True)


def test_completion_must_be_repeated_at_once(make):
    env = Terminus2(make(echo=True))
    env.reset()
    env.step(reply(complete=True))
    env.step(reply(("true\n", 0.5)))
    assert env.step(reply(complete=True))[2] is False


def test_a_malformed_reply_is_answered(make):
    env = Terminus2(make(echo=True))
    env.reset()
    text, _, terminated, _, info = env.step("I will now list the files.")
    assert "no JSON object" in text and not terminated
    assert info["malformed"]


def test_it_needs_an_echo(make):
    with pytest.raises(UserError, match="echo"):
        Terminus2(make())


def test_replies():
    assert parse_reply(reply(("ls\n", 2))) == ([("ls\n", 2.0)], False)
    assert parse_reply('Sure:\n```json\n{"commands": [], "task_complete": "true"}\n```') == (
        [],
        True,
    )
    assert parse_reply('{"commands": [{"keystrokes": "a"}]}') == ([("a", 1.0)], False)
    assert parse_reply(reply(("a", 999)))[0] == [("a", 60.0)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        '{"plan": "p"}',
        '{"commands": "ls"}',
        '{"commands": [{"duration": 1}]}',
        '{"commands": [{"keystrokes": "a", "duration": -1}]}',
        '{"commands": [{"keystrokes": "a", "duration": "soon"}]}',
    ],
)
def test_bad_replies(text):
    with pytest.raises(ValueError, match=r"."):
        parse_reply(text)
