"""pexpect over a descriptor that does not block."""

import os
import threading
import time

import pexpect
import pytest

from terminal_gym.sandbox.pty import PollingSpawn


@pytest.fixture
def ends():
    """Both sides of a terminal, and pexpect over the first."""
    master, slave = os.openpty()
    os.set_blocking(master, False)
    spawn = PollingSpawn(master)
    yield spawn, slave
    spawn.close()
    os.close(slave)


def test_it_reads_what_is_there(ends):
    spawn, slave = ends
    os.write(slave, b"one two")
    assert spawn.read_nonblocking(4, 0) == b"one "
    assert spawn.read_nonblocking(100, 0) == b"two"


@pytest.mark.parametrize("timeout", [0, 0.05])
def test_nothing_within_the_time_is_a_timeout(ends, timeout):
    spawn, _ = ends
    began = time.monotonic()
    with pytest.raises(pexpect.TIMEOUT):
        spawn.read_nonblocking(10, timeout)
    assert time.monotonic() - began >= timeout


@pytest.mark.parametrize("timeout", [None, 30, -1])
def test_it_waits_for_what_comes_later(ends, timeout):
    spawn, slave = ends
    later = threading.Timer(0.05, os.write, [slave, b"late"])
    later.start()
    assert spawn.read_nonblocking(10, timeout) == b"late"
    later.join()


def test_expect_works_over_it(ends):
    spawn, slave = ends
    os.write(slave, b"login: ")
    assert spawn.expect([b"password", b"log.n: "], timeout=5) == 1
    with pytest.raises(pexpect.TIMEOUT):
        spawn.expect(b"more", timeout=0.05)


def test_its_end_is_an_end_of_file_and_so_is_a_closed_one():
    master, slave = os.openpty()
    os.set_blocking(master, False)
    spawn = PollingSpawn(master)
    os.close(slave)
    with pytest.raises(pexpect.EOF):
        spawn.read_nonblocking(10, 1)
    spawn.close()
    with pytest.raises(pexpect.EOF):
        spawn.read_nonblocking(10, 0)
