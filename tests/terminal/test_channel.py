"""Whatever pieces an answer is read in, the same is made of it."""

import socket
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_gym.sandbox.pty import PollingSpawn
from terminal_gym.terminal.channel import Channel
from terminal_gym.terminal.keys import pasted
from terminal_gym.terminal.markers import READY, MarkerProtocol
from terminal_gym.terminal.screen import Screen

PROTOCOL = MarkerProtocol()
PARTS = [b"a line\r\n", b"caf\xc3\xa9", b"\a\t", b"\x1b[1mx", b"\x1b", READY]
FOLDERS = st.sampled_from(["/", "/app", "$'/tmp/a\\nb'", "/two\\ words"])


def marker(rest):
    start = PROTOCOL.environment()["PS0"]  # of a command's output
    return start.replace("\\e", "\033").replace("S\\a", f"{rest}\a").encode()


def made_of(pieces, late):
    """The output and all that the channel knows afterwards."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        pty = SimpleNamespace(spawn=PollingSpawn(ours.fileno()))
        box = SimpleNamespace(alive=lambda: True)
        channel = Channel(box, pty, PROTOCOL, Screen(24, 80), cap=1000, cwd="/")
        theirs.send(marker("P;0;/app") + READY + marker("R;0") + late)
        channel.drain()
        output = channel.take_late(1000)
        channel.write(pasted("x"), output, 1.0)
        for piece in pieces:
            theirs.send(piece)
            assert channel.read(output, 1.0)
        channel.drop_echo(output)
        known = (channel.state, channel.exit_code, channel.cwd, channel.ready, channel.marks)
        stream = (channel._at_prompt, channel._ran, channel._echo, channel._drawing, channel._rest)
        return output.kept(), output.total, channel.late.kept(), known, stream


@settings(max_examples=300, deadline=None)
@given(
    shown=st.lists(st.sampled_from(PARTS)).map(b"".join),
    code=st.integers(0, 255),
    folder=FOLDERS,
    taken=st.sampled_from([b"\x1b[?2004l\r", b"\x1b[?2004l\r\r\n", b"x\r\n\x1b[?2004l\r"]),
    late=st.sampled_from([b"", b"[1]+  Done  sleep 1\r\n"]),
    cuts=st.lists(st.just(len("x\r\n")) | st.integers(1, 150), max_size=4),
)
def test_an_answer_in_pieces_is_the_same_answer(shown, code, folder, taken, late, cuts):
    answer = taken + marker("S") + shown + marker(f"P;{code};{folder}")
    answer += READY + marker(f"R;{code}")
    places = [0, *sorted({cut for cut in cuts if cut < len(answer)}), len(answer)]
    pieces = [answer[start:end] for start, end in pairwise(places)]
    assert made_of([answer], late) == made_of(pieces, late)
