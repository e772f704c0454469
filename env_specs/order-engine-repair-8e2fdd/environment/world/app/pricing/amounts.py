"""Whole cents only."""


def share(cents, tenths):
    """`tenths` tenths of a percent of an amount, half a cent rounded up."""
    return (cents * tenths + 500) // 1000
