import pytest

from terminal_gym.episodes import safe_text
from terminal_gym.episodes.safe_text import without_commands


@pytest.mark.parametrize(
    ("hostile", "readable"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;ZXZpbA==\x1b\\after", "after"),
        ("\x1bP+q544e\x1b\\after", "after"),
        ("\x9d52;c;eA==\x9cafter", "after"),
        ("\x9b2Jafter", "after"),
        ("a\x1b]0;never ended", "a"),
        ("a\x1b", "a"),
        ("a\x1b[", "a"),
        ("\x1b[6n\x1b[c\x05ask", "ask"),
        ("a\x08b\x00c\x7fd", "abcd"),
        ("one\r\ntwo\r\r\nthree", "one\ntwo\nthree"),
        ("10%\r100%", "10%\n100%"),
        ("keep\ttabs\nand ünïcödé 🎉", "keep\ttabs\nand ünïcödé 🎉"),
        ("abc\u202edcba", "abc\ufffddcba"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("\x1b\x1b[31mtwice", "twice"),
        ("\x1b]0;a\x1b]52;c;x\x07end", "end"),
    ],
)
def test_only_readable_text_remains(hostile, readable):
    assert safe_text(hostile) == readable


def test_removing_a_sequence_does_not_make_another():
    assert "\x1b" not in safe_text("\x1b\x1b]0;x\x07[31m" * 3)
    assert "\x1b]" not in without_commands("\x1b\x1b]0;x\x07]52;c;x\x07")


def test_a_megabyte_of_hostile_bytes_takes_no_quadratic_time():
    for piece in ("\x1b]", "\x1b[", "\x1bP", "\x1b[0;"):
        assert len(safe_text(piece * 500_000)) < 500_000 * 4


def test_a_player_keeps_colours_and_loses_commands():
    text = "\x1b[31mred\x1b[0m\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b[6n\x1b[>q\x1b[?1049hx"
    assert without_commands(text) == "\x1b[31mred\x1b[0m\x1b[2J\x1b[?1049hx"
