"""Recordings that are anyone's: read, replayed and exported, or an error that names the place."""

import copy
import io
import json

import pytest
from rich.console import Console

from terminal_gym.episodes import EXPORTS, export_episodes, read_episodes, replay
from terminal_gym.errors import RecordingError

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b]52;c;ZXZpbA==\x07\x9b31m\u202e"
STEP = {
    "step_id": 2,
    "timestamp": "2026-01-02T03:04:05+00:00",
    "source": "agent",
    "message": "Look.",
    "tool_calls": [{"tool_call_id": "c", "function_name": "bash", "arguments": {"command": "ls"}}],
    "observation": {"results": [{"source_call_id": "c", "content": "file\n"}]},
    "extra": {"exit_code": 1, "cwd": "/app", "started_s": 1.0, "elapsed_s": 0.1, "agent_s": 0.1},
}
EPISODE = {
    "schema_version": "ATIF-v1.8",
    "trajectory_id": "one",
    "agent": {"name": "test", "version": "1"},
    "steps": [{"step_id": 1, "source": "user", "message": "Do it."}, STEP],
    "extra": {"reward": 0.5, "valid": True, "verdict": {"checks": {"it is there": False}}},
}


@pytest.fixture
def write(tmp_path):
    """A recording of the episode with one place changed."""

    def write(where, value):
        episode = copy.deepcopy(EPISODE)
        *path, last = where
        place = episode
        for key in path:
            place = place[key]
        place[last] = value
        file = tmp_path / "hostile.jsonl"
        file.write_text(json.dumps(episode) + "\n")
        return file

    return write


def use(file):
    """Do all that is done with a recording; what a terminal was sent, and the errors."""
    said, errors = io.StringIO(), []
    console = Console(file=said, color_system=None)
    uses = [lambda: [replay(one, console, speed=1e12) for one in read_episodes(file)]]
    for form in EXPORTS:
        out = file.parent / "out" / form
        uses.append(lambda form=form, out=out: export_episodes(read_episodes(file), out, form))
    for one in uses:
        try:
            one()
        except RecordingError as error:
            errors.append(error.message)
    return said.getvalue(), errors


NUMBERS = [-1e308, -1, float("nan"), float("inf"), 1e308, 10**400, "x", [1], {}]


def _around(file):
    """What is below a recording's folder, and beside it and the one above."""
    above = file.parent.parent
    return {*file.parent.rglob("*"), *above.iterdir(), *above.parent.iterdir()}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: repr(number)[:10])
@pytest.mark.parametrize(
    "where",
    [
        ("extra", "reward"),
        ("extra", "seed"),
        ("steps", 1, "step_id"),
        ("steps", 1, "extra", "agent_s"),
        ("steps", 1, "extra", "started_s"),
        ("steps", 1, "extra", "elapsed_s"),
        ("steps", 1, "extra", "exit_code"),
    ],
    ids=lambda where: where[-1],
)
def test_numbers_that_cannot_be(write, where, number):
    file = write(where, number)
    _, errors = use(file)
    if errors:
        place = ".".join(map(str, where))
        assert len(errors) == 1 + len(EXPORTS), "what one refuses, all refuse"
        assert all(f"{file}:1: no ATIF episode: " in error for error in errors)
        assert all(place in error or "step_id" in error or "JSON" in error for error in errors)
        return
    _, *events = (file.parent / "out" / "asciinema").read_text().splitlines()
    times = [json.loads(event, parse_constant=pytest.fail)[0] for event in events]
    assert times == sorted(times)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_reward_that_is_no_number_is_never_read(write, number):
    file = write(("extra", "reward"), 0.5)
    file.write_text(file.read_text().replace('"reward": 0.5', f'"reward": {number}'))
    said, errors = use(file)
    assert said == "" and len(errors) == 1 + len(EXPORTS)
    assert all(": no ATIF episode: extra.reward: " in error for error in errors)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("extra", "verdict"), {"checks": ["a"], "skipped": 7}),
        (("extra", "verdict"), {"checks": "passed"}),
        (("extra", "verdict"), {"checks": {"a": [1], "b": None}}),
        (("extra", "timing"), {"total_s": float("nan")}),
        (("extra", "bundle"), "../../../../escape"),
        (("trajectory_id",), "../../escape"),
        (("steps", 1, "message"), [{"type": "text"}, {"text": 5}, {}]),
        (("steps", 1, "message"), [{"type": "text", "text": {"a": 1}}]),
        (("steps", 1, "observation"), {"results": [{"content": [{"type": "image"}]}]}),
        (("steps", 1, "tool_calls", 0, "arguments"), {"command": {"a": 1}}),
        (("steps", 1, "tool_calls", 0, "arguments"), {"keystrokes": None, "duration": "x"}),
        (("steps", 0, "timestamp"), "0001-01-01T00:00:00+23:59"),
        (("steps", 0, "timestamp"), "0001-01-01T00:00:00"),
        (("steps", 0, "timestamp"), "9999-12-31T23:59:59-23:59"),
        (("steps", 1, "extra", "raw"), "not base64"),
        (("steps", 1, "metrics"), {"prompt_tokens": -1, "extra": {"malformed": "x"}}),
        (("steps", 1, "metrics"), {"completion_token_ids": [-1], "logprobs": [float("nan")]}),
        (("steps", 0, "source"), "agent"),
        (("subagent_trajectories",), [{"a": 1}]),
    ],
)
def test_values_of_another_kind(write, where, value):
    file = write(where, value)
    beside = _around(file)
    use(file)
    written = _around(file) - beside
    assert all(path.is_relative_to(file.parent / "out") for path in written)


@pytest.mark.parametrize(
    "where",
    [
        ("trajectory_id",),
        ("agent", "name"),
        ("steps", 0, "message"),
        ("steps", 1, "message"),
        ("steps", 1, "reasoning_content"),
        ("steps", 1, "tool_calls", 0, "arguments", "command"),
        ("steps", 1, "observation", "results", 0, "content"),
        ("steps", 1, "extra", "cwd"),
        ("steps", 1, "extra", "state"),
        ("extra", "bundle"),
        ("extra", "end"),
        ("extra", "fault"),
        ("extra", "verdict"),
    ],
    ids=lambda where: str(where[-1]),
)
def test_no_text_reaches_the_terminal_as_a_command(write, where):
    value = {
        "fault": {"type": ESCAPES, "message": ESCAPES, "remedy": ESCAPES},
        "verdict": {"checks": {ESCAPES: True}},
    }.get(where[-1], f"before {ESCAPES} after")
    file = write(where, value)
    said, errors = use(file)
    assert not errors and "──" in said
    assert not set("\x1b\x07\x9b\u202e") & set(said)
    cast = (file.parent / "out" / "asciinema").read_text()
    assert not any(bad in cast for bad in ("\\u001b]", "\\u0007", "\\u009b"))
