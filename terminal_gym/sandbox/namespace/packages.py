"""Debian packages that a root file system has already, so that no build step need install them."""

from __future__ import annotations

import re
from pathlib import Path

_DPKG = "var/lib/dpkg"


def is_debian_like() -> bool:
    """Whether the host's packages are Debian's kind."""
    return Path("/", _DPKG, "status").exists()


def stamp() -> str:
    """Another one after each change of the host's packages."""
    return str(Path("/", _DPKG, "status").stat().st_mtime_ns)


def wanted(command: str) -> set[str]:
    """The packages of a RUN that does nothing but install them; else nothing."""
    names: set[str] = set()
    for part in re.split(r"&&|;", command):
        words = part.split()
        if words[:2] == ["apt-get", "install"] or words[:2] == ["apt-get", "-y"]:
            names |= {w.split("=")[0] for w in words[2:] if w[:1] != "-" and w != "install"}
        elif words[:2] in (["apt-get", "update"], ["apt-get", "clean"]) or words[:1] == ["rm"]:
            continue
        else:
            return set()
    return names


def installed(base: dict[str, list[str]]) -> set[str]:
    """The packages of a base (part of the root -> lower folders); empty without dpkg's record.

    The host's record is a part of its own, of which the mask that stands for "/" has none.
    """
    folder = Path(base[_DPKG][0]) if _DPKG in base else Path(base["."][0], _DPKG)
    try:
        record = (folder / "status").read_text(errors="replace")
    except OSError:
        return set()
    entries = record.split("\n\n")
    found = (entry for entry in entries if "\nStatus: install ok installed\n" in entry)
    return {entry.removeprefix("Package: ").partition("\n")[0] for entry in found}
