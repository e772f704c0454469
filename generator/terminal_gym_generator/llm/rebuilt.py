"""Whether a world is the same wherever it is built: built once more, and compared.

The gates all share one image, so they would not notice a set-up that draws unseeded numbers or
writes the time into its files; whoever builds the task elsewhere would.
"""

from __future__ import annotations

import re

from terminal_gym.sandbox.base import Sandbox
from terminal_gym_generator.llm.workplace import BuildFailedError, Workplace
from terminal_gym_generator.records import Environment

_COPY = re.compile(r"^(?=COPY\s)", re.IGNORECASE | re.MULTILINE)
_SUMS = (
    "find {places} -type f ! -path '*/.git/index' -exec sha256sum -z {{}} + ;"
    " find {places} -printf '%y %m %U %G %l %p\\0'"
)
"""Everything but times; git's index holds those of its files."""
_SHOWN = 5
_REMEDY = (
    "make setup give the same bytes each time (fixed seeds and dates, sorted order, gzip -n, "
    "tar --sort=name --mtime=@0 --owner=0 --group=0, GIT_AUTHOR_DATE and GIT_COMMITTER_DATE)"
)


def differences(place: Workplace, environment: Environment) -> str:
    """What differs between two builds, in words for the author; nothing if it is the same."""
    again = _COPY.sub("ENV TERMINAL_GYM_BUILT=again\n", environment.dockerfile, count=1)
    try:
        first = _listing(place, environment)
        second = _listing(place, environment.model_copy(update={"dockerfile": again}))
    except BuildFailedError as error:
        return f"built a second time, the image fails: {error}"
    paths = sorted({line[-1] for line in first ^ second})
    if not paths:
        return ""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"built twice, the machine differs in {', '.join(paths[:_SHOWN])}{more}; {_REMEDY}"


def _listing(place: Workplace, environment: Environment) -> set[tuple[str, str]]:
    """What there is of each graded path, and the path."""
    sandbox = place.start(environment)
    try:
        return set(_lines(sandbox, environment.state))
    finally:
        sandbox.close()


def _lines(sandbox: Sandbox, places: list[str]) -> list[tuple[str, str]]:
    script = _SUMS.format(places='"$@"')
    argv = ["/bin/sh", "-c", f"{script}", "list", *places]
    output = sandbox.run(argv, user="root", max_output=64 << 20, clean_env=True).output
    entries = output.decode("utf-8", "backslashreplace").split("\0")
    found = []
    for entry in filter(None, entries):
        what, _, path = entry.partition(" /")
        found.append((what, f"/{path}"))
    return found
