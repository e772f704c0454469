import io
import json

import pytest
from rich.console import Console

from terminal_gym.episodes import (
    Episode,
    export_episodes,
    replay,
    to_asciinema,
    to_conversations,
    to_line,
    to_messages,
)
from terminal_gym.errors import UserError


def changed(episode: Episode, change) -> Episode:
    data = json.loads(to_line(episode))
    change(data)
    return Episode.model_validate(data)


def test_asciinema_has_a_header_and_events_in_order(make_episode):
    header, *events = map(json.loads, to_asciinema(make_episode()).splitlines())
    assert header["version"] == 2
    assert (header["width"], header["height"], header["timestamp"]) == (80, 24, 1767323044)
    assert [kind for _, kind, _ in events] == ["o"] * len(events)
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert "echo hello" in events[0][2]
    assert events[1] == [2.01, "o", "\x1b[31mhello\x1b[0m\ufffd\r\n"]


def test_asciinema_cannot_reach_beyond_the_players_screen(make_episode):
    from terminal_gym.episodes.episode import pack_raw

    raw = pack_raw(b"\x1b]52;c;ZXZpbA==\x07seen")
    episode = changed(make_episode(), lambda d: d["steps"][1]["extra"].update(raw=raw))
    assert "]52" not in to_asciinema(episode)
    assert "seen" in to_asciinema(episode)


def test_conversations_alternate_and_begin_with_the_prompt_and_the_task(make_episode):
    exported = to_conversations(make_episode("id-1"))
    assert exported["id"] == "id-1"
    turns = exported["conversations"]
    assert [turn["from"] for turn in turns] == ["human", "gpt"] * 4
    first = turns[0]["value"]
    assert "\n\nTask Description:\nSay hello, then submit.\n\nCurrent terminal state:\n" in first
    for turn in turns[2::2]:
        assert turn["value"].startswith("New Terminal Output:\n")
    assert turns[2]["value"].endswith("/app$ echo hello\nhello\n/app$ ")


def test_each_reply_is_one_json_object_of_four_keys(make_episode):
    turns = to_conversations(make_episode())["conversations"]
    replies = [json.loads(turn["value"]) for turn in turns[1::2]]
    for reply in replies:
        assert list(reply) == ["analysis", "plan", "commands", "task_complete"]
    assert replies[0]["plan"] == "Greet."
    assert replies[0]["commands"] == [{"keystrokes": "echo hello\n", "duration": 0.1}]
    assert replies[1]["commands"] == [{"keystrokes": "sleep 3\n", "duration": 3.0}]


def test_completion_is_claimed_asked_back_and_repeated(make_episode):
    turns = to_conversations(make_episode())["conversations"]
    claim, question, repeat = turns[-3:]
    assert claim == repeat
    assert json.loads(claim["value"])["task_complete"] is True
    assert question["from"] == "human"
    assert "task_complete" in question["value"]


def test_a_truncated_episode_claims_nothing(make_episode):
    episode = make_episode(terminated=False, truncated=True, end="max_steps")
    turns = to_conversations(episode)["conversations"]
    assert not any('"task_complete": true' in turn["value"] for turn in turns[1::2])


def test_an_agents_own_json_reply_is_kept_word_for_word(make_episode):
    own = '{"analysis": "a", "plan": "p", "commands": [{"keystrokes": "echo hello\\n"}]}'
    episode = changed(make_episode(), lambda d: d["steps"][1].update(message=own))
    assert to_conversations(episode)["conversations"][1]["value"] == own


def test_a_control_key_to_a_running_program_has_no_newline(make_episode):
    def interrupt(data):
        data["steps"][1]["extra"]["state"] = "running"
        data["steps"][2]["tool_calls"][0]["arguments"]["command"] = "C-c"

    turns = to_conversations(changed(make_episode(), interrupt))["conversations"]
    assert json.loads(turns[3]["value"])["commands"][0]["keystrokes"] == "C-c"
    assert turns[2]["value"] == "New Terminal Output:\n/app$ echo hello\nhello\n"


def test_messages_pair_every_call_with_its_result(make_episode):
    exported = to_messages(make_episode())
    roles = [message["role"] for message in exported["messages"]]
    assert roles == ["user"] + ["assistant", "tool"] * 3
    call = exported["messages"][1]["tool_calls"][0]
    assert call["function"] == {"name": "bash", "arguments": {"command": "echo hello"}}
    assert exported["messages"][2] == {
        "role": "tool",
        "tool_call_id": call["id"],
        "content": "hello\n",
    }
    assert exported["tools"][0]["function"]["name"] == "bash"


def test_parquet_holds_whole_episodes_and_columns_to_filter_by(tmp_path, make_episode, fault):
    parquet = pytest.importorskip("pyarrow.parquet")
    episodes = [make_episode("a"), make_episode("b", fault=fault, reward=None, valid=False)]
    assert export_episodes(episodes, tmp_path / "e.parquet", "parquet") == 2
    rows = parquet.read_table(tmp_path / "e.parquet").to_pylist()
    assert [row["reward"] for row in rows] == [1.0, None]
    assert [row["fault"] for row in rows] == [None, "SandboxFault"]
    assert rows[0]["rounds"] == 3
    assert [Episode.model_validate_json(row["episode"]) for row in rows] == episodes
    assert [p.name for p in tmp_path.iterdir()] == ["e.parquet"]


@pytest.mark.parametrize("form", ["conversations", "messages"])
def test_json_lines_forms_write_one_line_each(tmp_path, make_episode, form):
    out = tmp_path / "new" / "out.jsonl"
    assert export_episodes([make_episode("a"), make_episode("b")], out, form) == 2
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["a", "b"]


def test_casts_are_one_file_or_a_folder(tmp_path, make_episode):
    export_episodes([make_episode()], tmp_path / "one.cast", "asciinema")
    assert (tmp_path / "one.cast").is_file()
    export_episodes([make_episode(), make_episode()], tmp_path / "many", "asciinema")
    assert sorted(p.name for p in (tmp_path / "many").iterdir()) == ["0001.cast", "0002.cast"]


def test_an_unknown_form_names_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="conversations, messages, parquet, asciinema"):
        export_episodes([], tmp_path / "x", "csv")


def test_replay_shows_rounds_and_verdict_and_no_escape_of_the_agents(make_episode):
    def hostile(data):
        result = data["steps"][1]["observation"]["results"][0]
        result["content"] = "hello\x1b]0;owned\x07 [bold]not markup[/bold]"
        data["extra"]["verdict"] = {"checks": {"greets": True, "rests": False}}

    out = io.StringIO()
    replay(changed(make_episode(), hostile), Console(file=out, width=100))
    shown = out.getvalue()
    assert "/app$ echo hello" in shown
    assert "hello [bold]not markup[/bold]" in shown
    assert "\x1b" not in shown
    assert "reward 1 (exit)" in shown
    assert "✓ greets" in shown
    assert "✗ rests" in shown


def test_replay_of_a_faulted_episode_says_why(make_episode, fault):
    out = io.StringIO()
    replay(make_episode(fault=fault, valid=False), Console(file=out, width=100))
    assert "no verdict: SandboxFault: it died" in out.getvalue()
