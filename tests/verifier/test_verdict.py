import json

import pytest

from terminal_gym.errors import VerifierFault
from terminal_gym.verifier.verdict import (
    REPORT,
    REWARD_JSON,
    REWARD_TEXT,
    Verdict,
    main_reward,
    read_report,
    read_rewards,
)


def reading(**files):
    names = {"json": REWARD_JSON, "text": REWARD_TEXT, "report": REPORT}
    content = {names[key]: value for key, value in files.items()}

    def read(path):
        if path not in content:
            raise FileNotFoundError(path)
        return content[path]

    return read


@pytest.mark.parametrize(("text", "reward"), [(b"1", 1.0), (b" 0.25\n", 0.25), (b"1e-1", 0.1)])
def test_a_number(text, reward):
    assert read_rewards(reading(text=text), "") == {"reward": reward}


@pytest.mark.parametrize("text", [b"", b"yes", b"nan", b"inf", b"7", b"-0.1", b"1 1", b"\xff"])
def test_what_is_no_reward(text):
    with pytest.raises(VerifierFault, match=r"reward\.txt.*last words"):
        read_rewards(reading(text=text), "many\nlines\nlast words")


def test_json_comes_before_text():
    files = reading(json=b'{"reward": 0.5, "style": 1}', text=b"1")
    assert read_rewards(files, "") == {"reward": 0.5, "style": 1.0}


@pytest.mark.parametrize(
    "text", [b"", b"[1]", b"{}", b'{"a": "1x"}', b'{"a": true}', b'{"a": NaN}']
)
def test_what_is_no_json_reward(text):
    with pytest.raises(VerifierFault):
        read_rewards(reading(json=text, text=b"1"), "")


def test_silence_is_an_error_and_no_zero():
    with pytest.raises(VerifierFault, match="no reward"):
        read_rewards(reading(), "")


def test_the_main_reward():
    assert main_reward({"reward": 0.2, "other": 1.0}) == 0.2
    assert main_reward({"score": 0.7}) == 0.7
    assert main_reward({"a": 0.0, "b": 1.0}) == 0.5


def test_the_report():
    tests = [
        {"name": "one", "status": "passed"},
        {"name": "two", "status": "failed"},
        {"name": "three", "status": "skipped"},
    ]
    report = json.dumps({"results": {"tests": tests}}).encode()
    checks, skipped = read_report(reading(report=report))
    assert checks == {"one": True, "two": False} and skipped == ["three"]
    assert Verdict(reward=0.0, rewards={}, checks=checks).pass_ratio == 0.5


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"results": 3}', b"[" * 100_000])
def test_a_broken_report_is_none(text):
    assert read_report(reading(report=text)) == ({}, [])
