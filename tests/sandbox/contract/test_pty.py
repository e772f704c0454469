import time

import pexpect
import pytest

from terminal_gym.errors import SandboxFault


@pytest.fixture
def pty(box):
    made = box.open_pty(["bash", "--norc", "--noprofile"], env={"PS1": "ready> "}, rows=30, cols=90)
    made.spawn.expect_exact(b"ready> ", timeout=10)
    yield made
    made.close()


def ask(pty, line, answer, timeout=10):
    pty.spawn.send(line.encode() + b"\n")
    pty.spawn.expect(answer, timeout=timeout)
    return pty.spawn.match


def test_it_is_a_terminal_of_the_given_size(pty):
    ask(pty, "tty; stty size", rb"/dev/pts/\d+\r\n30 90\r\n")


def test_it_is_a_controlling_terminal(pty):
    ask(pty, "echo from-tty > /dev/tty", rb"from-tty\r\n")


def test_resize(pty):
    pty.resize(50, 132)
    ask(pty, "sleep 0.2; stty size", rb"50 132\r\n")


def test_environment_folder_and_user(box):
    made = box.open_pty(
        ["sh", "-c", "echo $TERM $WHAT $HOME; pwd; id -un"],
        env={"WHAT": "this"},
        cwd="/tmp",
        user="tester",
    )
    made.spawn.expect(rb"xterm-256color this /home/tester\r\n/tmp\r\ntester\r\n", timeout=10)
    made.close()


def test_control_c_interrupts(pty):
    pty.spawn.send(b"sleep 4713; echo status $?\n")
    time.sleep(0.3)
    pty.spawn.send(b"\x03")
    ask(pty, "echo after $?", rb"after 130\r\n")


def test_the_end_of_the_program_is_the_end_of_the_stream(pty):
    pty.spawn.send(b"exit 3\n")
    pty.spawn.expect(pexpect.EOF, timeout=10)


def test_bytes_go_both_ways_unchanged(pty):
    ask(pty, "stty -echo raw; echo up; head -c 7 | od -An -tx1", rb"up\n")
    pty.spawn.send(b"\x00\xff\x80\r\nab")
    pty.spawn.expect(rb"00 ff 80 0d 0a 61 62", timeout=10)


def test_the_foreground_can_be_killed_and_the_shell_not(pty):
    pty.spawn.send(
        b"trap '' INT; sh -c 'trap \"\" INT TERM HUP; echo armed; sleep 4714; sleep 4714'\n"
    )
    pty.spawn.expect(rb"armed\r\n", timeout=10)
    pty.kill_foreground()
    ask(pty, "echo shell lives", rb"shell lives\r\n")
    pty.kill_foreground()
    ask(pty, "echo it $((40+2)) still does", rb"it 42 still does\r\n")


def test_closing_kills_what_ignores_the_hang_up(box, sh):
    made = box.open_pty(["bash", "-c", "trap '' HUP; echo armed; sleep 4715; sleep 4715"])
    made.spawn.expect(rb"armed", timeout=10)
    made.close()
    made.close()
    for _ in range(50):
        if "4715" not in sh(box, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"):
            break
        time.sleep(0.1)
    else:
        pytest.fail("still running")


def test_several_at_once(box):
    made = [box.open_pty(["sh", "-c", f"sleep 0.2; echo number {n}"]) for n in range(5)]
    for n, pty in enumerate(made):
        pty.spawn.expect(f"number {n}\r\n".encode(), timeout=10)
        pty.close()


def test_in_a_dead_sandbox_it_is_a_fault(box):
    box.kill_all()
    with pytest.raises(SandboxFault):
        box.open_pty(["sh"])
