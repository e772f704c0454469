"""Numbers that everybody rounds alike."""

from fractions import Fraction

import pytest
from terminal_gym_generator.rounding import clear


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (Fraction(1, 3), 2, True),
        (Fraction(1, 8), 2, False),  # 0.125: 0.12 or 0.13
        (Fraction(1, 8), 3, True),
        (Fraction(-1, 8), 2, False),
        (0.123449999, 4, False),
        (0.1234, 4, True),
        (50.0, 2, True),
    ],
)
def test_a_tie_is_not_clear(value, digits, expected):
    assert clear(value, digits) is expected
