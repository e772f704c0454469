import os

import pytest

from terminal_gym.episodes import read_episodes, to_line
from terminal_gym.errors import RecordingError


def test_blank_lines_are_skipped(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"\n" + to_line(make_episode("a")) + b"  \n" + to_line(make_episode("b")))
    assert [e.trajectory_id for e in read_episodes(path)] == ["a", "b"]


def test_an_unfinished_last_line_is_left_out_with_a_warning(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    path.write_bytes(to_line(make_episode("a")) + b'{"schema')
    with pytest.warns(UserWarning, match="e.jsonl:2"):
        assert len(list(read_episodes(path))) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"schema_version": "ATIF-v9"}',
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"extra": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001,
        b"[" * 1_000_000,
    ],
)
def test_a_line_that_is_no_episode_names_file_and_line(tmp_path, make_episode, line):
    path = tmp_path / "e.jsonl"
    path.write_bytes(to_line(make_episode("a")) + line + b"\n" + to_line(make_episode("b")))
    episodes = read_episodes(path)
    assert next(episodes).trajectory_id == "a"
    with pytest.raises(RecordingError, match=r"e\.jsonl:2: no ATIF episode"):
        next(episodes)


def test_the_message_names_the_key(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    path.write_bytes(to_line(make_episode("a")).replace(b'"source":"user"', b'"source":"root"'))
    with pytest.raises(RecordingError, match=r"steps\.0\.source"):
        list(read_episodes(path))


def test_a_line_beyond_the_bound_is_refused_without_reading_it_whole(tmp_path):
    path = tmp_path / "e.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: a terabyte without a newline
    with pytest.raises(RecordingError, match=r"e\.jsonl:1: the line is longer than 1000 bytes"):
        list(read_episodes(path, max_line_bytes=1000))


def test_a_fifo_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "e.jsonl")
    with pytest.raises(RecordingError, match="not a regular file"):
        list(read_episodes(tmp_path / "e.jsonl"))


def test_a_missing_file_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(RecordingError, match="remedy"):
        list(read_episodes(tmp_path / "none.jsonl"))
