"""Verifier of NAME."""

import sys

sys.path.insert(0, "/tests")

from checks import check, json_file, lines, main  # noqa: E402


@check("...")
def _():
    assert lines("/app/x") == ["y"]


main()
