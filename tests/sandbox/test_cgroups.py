"""Control groups are used where they can be made, by whoever asks."""

import os

import pytest

from terminal_gym.sandbox.namespace import cgroups


def test_what_root_made_is_of_no_use_to_an_ordinary_user():
    if os.geteuid() != 0 or not cgroups.available():
        pytest.skip("needs root, and control groups that it can make")
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            os._exit(int(cgroups.available()))
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
