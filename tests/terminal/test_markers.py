import itertools
import subprocess

from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal_gym.terminal.markers import Marker, MarkerProtocol, unquote


def printed(protocol: MarkerProtocol, kind: str, rest: str = "") -> bytes:
    """A marker as bash would print it, its nonce taken from what bash is given."""
    begin = protocol.environment()["PS0"].removesuffix("S\\a").replace("\\e", "\x1b")
    return f"{begin}{kind}{rest}\a".encode()


def split_in_steps(protocol: MarkerProtocol, data: bytes, cuts: list[int]) -> list[bytes | Marker]:
    pieces: list[bytes | Marker] = []
    rest = b""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in itertools.pairwise(edges):
        found, rest = protocol.split(rest + data[begin:end])
        pieces += found
    return [*pieces, rest]


def joined(pieces: list[bytes | Marker]) -> list[bytes | Marker]:
    """Neighbouring texts as one, empty ones left out."""
    whole: list[bytes | Marker] = []
    for piece in pieces:
        if isinstance(piece, bytes) and whole and isinstance(whole[-1], bytes):
            whole[-1] += piece
        elif piece:
            whole.append(piece)
    return whole


@given(
    st.lists(
        st.one_of(st.binary(max_size=20), st.sampled_from(["S", "P;7;/a\\ b", "M", "R;1"])),
        max_size=8,
    ),
    st.lists(st.integers(0, 1000), max_size=6),
)
def test_markers_are_found_wherever_the_stream_is_cut(parts, cuts):
    protocol = MarkerProtocol()
    data = b"".join(p if isinstance(p, bytes) else printed(protocol, p[0], p[1:]) for p in parts)

    kinds = [p.kind for p in split_in_steps(protocol, data, cuts) if isinstance(p, Marker)]

    assert kinds == [
        {"S": "start", "P": "prompt", "M": "more", "R": "ready"}[p[0]]
        for p in parts
        if isinstance(p, str)
    ]
    in_one = joined(split_in_steps(protocol, data, []))
    assert joined(split_in_steps(protocol, data, cuts)) == in_one


def test_a_prompt_tells_exit_status_and_folder():
    protocol = MarkerProtocol()
    pieces, rest = protocol.split(b"x" + printed(protocol, "P", ";130;$'/a\\nb'") + b"y")
    assert pieces == [b"x", Marker("prompt", 130, "/a\nb"), b"y"]
    assert rest == b""


def test_another_terminals_marker_is_text():
    ours, other = MarkerProtocol(), MarkerProtocol()
    data = printed(other, "P", ";0;/")
    assert ours.split(data) == ([data], b"")


def test_an_unfinished_marker_does_not_hide_the_next():
    protocol = MarkerProtocol()
    torn = printed(protocol, "P", ";0;/wrong").removesuffix(b"\a")
    pieces, _ = protocol.split(torn + printed(protocol, "P", ";3;/right"))
    assert pieces == [torn, Marker("prompt", 3, "/right")]


def test_what_never_ends_is_not_held_back_for_ever():
    protocol = MarkerProtocol()
    pieces, rest = protocol.split(b"\x1b]697;" + b"x" * 40_000)
    assert len(rest) < 20_000
    assert b"".join(p for p in pieces if isinstance(p, bytes)) + rest


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30))
@example("/")
@example("/a b;c")
@example("/x\ny\tz\x01\x1b\x07")
@example("/é€😀")
@example("/'\"\\$`~*")
def test_bash_quoting_is_undone(name):
    quoted = subprocess.run(
        ["bash", "-c", 'printf %q "$1"', "-", name],
        env={"LANG": "C.UTF-8"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert unquote(quoted) == name


def test_traces_of_the_prompt_command_are_taken_out():
    protocol = MarkerProtocol()
    command = protocol.environment()["PROMPT_COMMAND"]
    assert protocol.without_traces(f"one\n++ {command}\ntwo\n{command}\n") == "one\ntwo\n"
