import ast
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from terminal_gym_generator.parse import parse

LONG, SHORT = Path(ast.__file__).read_text(), "x = [1, 2, (3, 4)]\n" * 30


class Garbage:
    """Runs Python, and so lets another thread in, wherever it is collected."""

    def __init__(self):
        self.me = self

    def __del__(self):
        for _ in range(50):
            pass


@pytest.fixture
def unruly():
    """Threads change, and garbage is collected, as often as can be."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    gc.freeze()  # what other tests have imported is not looked through each time
    sys.setswitchinterval(1e-4)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_threads_parse_beside_one_another(unruly):
    """With `ast.parse` some threads of CPython 3.11 fail here with a SystemError."""

    def sizes(_):
        found = set()
        for number in range(12):
            Garbage()
            tree = parse(LONG if number % 2 else SHORT)
            found.add(len(tree.body))
        return found

    with ThreadPoolExecutor(4) as pool:
        everyone = list(pool.map(sizes, range(4)))
    assert all(found == everyone[0] and len(found) == 2 for found in everyone)
