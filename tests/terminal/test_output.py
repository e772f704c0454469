import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_gym.terminal import clean, cut
from terminal_gym.terminal.output import Output


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain\r\n", "plain\n"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\atext", "text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1bP1$r0m\x1b\\after", "after"),
        (b"10%\r50%\rdone\n", "done\n"),
        (b"100%|####|\r\x1b[Kok\n", "ok\n"),
        (b"long line\x1b[2K\rok\n", "ok\n"),
        (b"abc\b\bX", "aXc"),
        (b"\b\b\rx", "x"),
        (b"a\0b\x01\x7fc", "abc"),
        (b"tab\tstays", "tab\tstays"),
        (b"\xff\xfe", "��"),
        ("naïve 😀".encode(), "naïve 😀"),
        (b"cut short \x1b", "cut short "),
        (b"\xc2\x9b31mC1", "31mC1"),
    ],
)
def test_clean(raw, text):
    assert clean(raw) == text


@given(st.binary(max_size=300))
def test_cleaned_text_holds_no_control_characters(raw):
    assert not [c for c in clean(raw) if (c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f"]


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(2, 60))
def test_output_keeps_head_and_tail(pieces, cap):
    output = Output(cap)
    for piece in pieces:
        output.add(piece)
    whole, half = b"".join(pieces), cap // 2

    assert output.total == len(whole)
    assert output.omitted == len(whole) - len(output.kept())
    if output.omitted:
        assert output.kept() == whole[:half] + whole[-half:]
        assert f"[… {output.omitted} bytes omitted …]" in output.text()
    else:
        assert output.kept() == whole


def test_an_output_can_begin_with_another():
    first, second = Output(4), Output(100)
    first.add(b"0123456789")
    second.extend(first)
    second.add(b"abc")
    assert second.kept() == b"0189abc"
    assert second.omitted == 6


def test_cut_keeps_both_ends():
    shown = cut("a" * 50 + "é" * 50, 20)
    assert shown == "a" * 10 + "\n[… 120 bytes omitted …]\n" + "é" * 10
    assert cut("short", 20) == "short"
