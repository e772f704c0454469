"""The environment stage's answer as a build context, with all that it names looked at first.

Paths come from a model: they are refused unless they are plain, absolute, and in a place where a
task's world may lie. Files are regular files by their form, so no link can come in with them; what
the set-up does, it does in the sandbox that builds the image.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import PurePosixPath

from terminal_gym_generator.families_engine import BASE_IMAGE, DOCKERFILE, SETUP
from terminal_gym_generator.llm.forms import World, WorldFile
from terminal_gym_generator.records import Environment, TextFile

MOST_FILES = 100
MOST_FILE_BYTES = 200_000
MOST_BYTES = 2_000_000
_MOST_HIDDEN = 50
_LONGEST_PATH = 200
_PLACES = ("app", "data", "etc", "home", "opt", "srv", "usr/local", "var")
"""Where a task's files may lie; everything else is the system's, the verifier's or the agent's."""
_PLAIN = re.compile(r"[\w.+@%=,~ -]+")
_FETCHES = re.compile(
    r"\b(curl|wget|pip3?|npm|cargo|gem|go get|git clone)\b[^\n]*(https?://|install|git@)"
)

# What a set-up forgets to fix; commits have the name that git's system configuration gives.
_FIXED = """\
unset GIT_CONFIG_NOSYSTEM
export GIT_AUTHOR_DATE=2024-03-01T09:00:00Z GIT_COMMITTER_DATE=2024-03-01T09:00:00Z
export SOURCE_DATE_EPOCH=1709283600 PYTHONHASHSEED=0
"""


class WorldRefusedError(ValueError):
    """Why the world cannot be made, in words for its author."""


def environment_of(world: World) -> Environment:
    """The build context that the answer describes.

    Raises:
        WorldRefusedError: A path, a size, a graded place or the Dockerfile does not do.
    """
    files = _files(world.files)
    setup = f"{SETUP}{_FIXED}mkdir -p /app && cd /app\n{world.setup.strip()}\n"
    files["world/setup.sh"] = TextFile(content=setup)
    dockerfile = _dockerfile(world.dockerfile)
    if fetched := _FETCHES.search(f"{dockerfile}\n{world.setup}"):
        raise WorldRefusedError(
            f"{fetched[0]!r} needs the network; everything must come from the files and the setup"
        )
    state = sorted({"/app", *(_state(path) for path in world.state)})
    return Environment(dockerfile=dockerfile, files=dict(sorted(files.items())), state=state)


def hidden_of(world: World) -> list[str]:
    """The values that the instruction must not hold.

    Raises:
        WorldRefusedError: There is none, or too many.
    """
    hidden = sorted({value.strip() for value in world.hidden if value.strip()})
    if not hidden:
        raise WorldRefusedError(
            "hidden is empty: name at least one value that only work can bring to light"
        )
    if len(hidden) > _MOST_HIDDEN:
        raise WorldRefusedError(f"hidden has {len(hidden)} values, more than {_MOST_HIDDEN}")
    return hidden


def _files(given: list[WorldFile]) -> dict[str, TextFile]:
    if len(given) > MOST_FILES:
        raise WorldRefusedError(f"{len(given)} files, more than {MOST_FILES}; use setup for bulk")
    files: dict[str, TextFile] = {}
    total = 0
    for file in given:
        path = _path(file.path)
        if f"world{path}" in files:
            raise WorldRefusedError(f"file {path} is given twice")
        total += _size(file)
        files[f"world{path}"] = TextFile(
            content=file.content, executable=file.executable, base64=file.base64
        )
    if total > MOST_BYTES:
        raise WorldRefusedError(f"the files have {total} bytes, more than {MOST_BYTES}; use setup")
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    if both := sorted(folders & set(files)):
        raise WorldRefusedError(f"{both[0].removeprefix('world')} is a file and a folder")
    return files


def _size(file: WorldFile) -> int:
    try:
        data = base64.b64decode(file.content, validate=True) if file.base64 else None
    except binascii.Error as error:
        raise WorldRefusedError(f"file {file.path}: no valid base64: {error}") from error
    size = len(file.content.encode() if data is None else data)
    if size > MOST_FILE_BYTES:
        raise WorldRefusedError(f"file {file.path} has {size} bytes, more than {MOST_FILE_BYTES}")
    return size


def _path(path: str) -> str:
    """An absolute path without detours, in a place for tasks."""
    shown = repr(path[:_LONGEST_PATH])
    if not path.startswith("/") or path.endswith("/") or len(path) > _LONGEST_PATH:
        raise WorldRefusedError(
            f"path {shown}: write an absolute path of a file, such as /app/a.csv"
        )
    parts = path[1:].split("/")
    if any(part in ("", ".", "..") or not _PLAIN.fullmatch(part) for part in parts):
        raise WorldRefusedError(f"path {shown}: no '.', '..', empty or odd parts are allowed")
    if not any(PurePosixPath(path).is_relative_to(f"/{place}") for place in _PLACES):
        raise WorldRefusedError(
            f"path {shown}: the world may lie below {', '.join('/' + one for one in _PLACES)} only"
        )
    return path


def _state(path: str) -> str:
    """A graded place; a whole system folder is none."""
    clean = _path(path.rstrip("/"))
    if clean != "/app" and clean.count("/") < 2:
        raise WorldRefusedError(f"state {clean}: grade a folder inside of it, not all of it")
    return clean


def _dockerfile(text: str) -> str:
    """The author's own, or the standard one.

    Raises:
        WorldRefusedError: It has other stages or another base, or leaves the world out.
    """
    if not text.strip():
        return DOCKERFILE
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bases = [line for line in lines if line.upper().startswith("FROM ")]
    if len(bases) != 1 or bases[0].split()[1:] != [BASE_IMAGE]:
        raise WorldRefusedError(f"the Dockerfile must have one stage: FROM {BASE_IMAGE}")
    if not any(line.upper().startswith("COPY WORLD/ /") for line in lines):
        raise WorldRefusedError("the Dockerfile must hold the line: COPY world/ /")
    if not any("/setup.sh" in line and line.upper().startswith("RUN") for line in lines):
        raise WorldRefusedError(
            "the Dockerfile must hold the line: RUN bash /setup.sh && rm /setup.sh"
        )
    return text.strip() + "\n"
