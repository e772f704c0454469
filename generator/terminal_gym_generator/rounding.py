"""Numbers that are rounded the same way by everybody."""

from __future__ import annotations

from fractions import Fraction


def clear(value: Fraction | float, digits: int) -> bool:
    """Whether rounding cannot depend on the arithmetic: the value is far from a tie.

    Tasks that ask for rounded numbers draw again until theirs are, since half up, half even and
    binary fractions would give different answers, all of them honest.
    """
    exact = Fraction(value)
    distance: Fraction = abs(abs(exact * 10**digits) % 1 - Fraction(1, 2))
    return distance > Fraction(1, 1000)
