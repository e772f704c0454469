from terminal_gym.terminal import Terminal
from terminal_gym.terminal.screen import Screen


def test_the_screen_is_what_a_person_would_see():
    screen = Screen(3, 10)
    screen.feed(b"one\r\ntwo\x1b[1;1HONE")
    assert screen.text() == "ONE\ntwo\n"


def test_feeding_costs_no_more_than_a_backlog():
    screen = Screen(2, 10)
    for _ in range(100):
        screen.feed(b"x" * 100_000)
    screen.feed(b"\r\n\x1b[2J\x1b[Hlast")
    assert len(screen._backlog) < 1 << 20
    assert screen.text() == "last\n"


def test_odd_sequences_do_not_break_it():
    screen = Screen(2, 10)
    screen.feed(b"\x1b[>4;2m\x1b[?2004h\x1b]697;x\x07\xff\x1b[9999;9999Hx")
    assert screen.text()


def test_full_screen_program(local):
    terminal = Terminal(local, rows=10, cols=40)
    terminal.run("seq 100 > n", 5)
    shown = terminal.run("less n", 1.0)
    assert shown.state == "running"
    assert terminal.screen.splitlines()[:3] == ["1", "2", "3"]
    terminal.run("Space", 5)
    assert terminal.screen.splitlines()[0] == "10"
    assert terminal.run("q", 5).state == "done"
    terminal.close()


def test_with_echo_the_prompt_and_the_typed_are_seen(local):
    terminal = Terminal(local, echo=True)
    assert terminal.run("echo hello", 5).output == "hello\n"
    lines = terminal.screen.splitlines()
    typed = next(
        n for n, line in enumerate(lines) if line.endswith(("$ echo hello", "# echo hello"))
    )
    assert lines[typed + 1] == "hello"
    terminal.close()


def test_no_sequence_breaks_the_screen():
    screen = Screen(3, 10)
    for letter in map(chr, range(0x40, 0x7F)):
        for arguments in ("", "?", ">4;2", "1;2;3;4;5;6", "?1;2;3", "99999;99999", "0;0"):
            screen.feed(f"\x1b[{arguments}{letter}".encode())
            screen.text()
    screen.feed("\x1b[²A\x1b[1;\u0663m\x9b²m".encode())
    screen.text()
    screen.feed(b"\x1bc\xff\xfe\x1b%G\x1b(0\x1b#8\x9b1;2;3r\x1bcstill")
    assert screen.text().startswith("still")


def test_half_a_wide_character_is_no_error():
    screen = Screen(1, 10)
    screen.feed("\u6f22\u5b57\rx\x1b[4Gy".encode())
    assert screen.text() == "x \u5b57y"
