import pytest

from terminal_gym.terminal.keys import key_bytes, pasted, quoted, typed


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("C-c", b"\x03"),
        ("C-d", b"\x04"),
        ("C-z", b"\x1a"),
        ("C-\\", b"\x1c"),
        ("C-[", b"\x1b"),
        ("M-x", b"\x1bx"),
        ("Enter", b"\r"),
        ("Up", b"\x1b[A"),
        ("F12", b"\x1b[24~"),
    ],
)
def test_names_of_keys(name, data):
    assert key_bytes(name) == data


@pytest.mark.parametrize("text", ["", "ls", "C-", "C-cc", "enter", "M-", "C-c C-d"])
def test_other_text_is_no_key(text):
    assert key_bytes(text) is None


def test_a_paste_cannot_be_ended_from_within():
    assert pasted("a\x1b[201~b\n") == b"\x1b[200~a[201~b\x1b[201~\r"
    for torn in ("\x1b[2\x0001~x", "\x1b\x1b[201~x", "\x1b[20\x1b[201~1~x"):
        assert pasted(torn).count(b"\x1b[201~") == 1


def test_a_paste_holds_no_signals_and_no_nul():
    data = pasted("a\x03\x1a\x1c\x13\x00\tb\x1b[1m")
    assert data == b"\x1b[200~a\tb\x1b[1m\x1b[201~\r"


def test_without_pastes_control_characters_are_quoted():
    assert quoted("a\n\tb\n") == b"a\x16\n\x16\tb\r"


def test_lone_surrogates_do_not_raise():
    assert pasted("\ud800") == b"\x1b[200~?\x1b[201~\r"
    assert typed("\ud800") == b"?\r"


def test_enter_ends_each_typed_line():
    assert typed("a\nb") == b"a\rb\r"
    assert typed("a\n", enter=False) == b"a\r"
