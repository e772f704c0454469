"""Images of a Docker engine: ready ones, and those that are built from a Dockerfile."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import BuildError, ImageNotFound

from terminal_gym.errors import DockerfileError, ImageBuildFault, SandboxFault
from terminal_gym.sandbox.base import Image, ImageSource
from terminal_gym.sandbox.cache import cache_folder, locked
from terminal_gym.sandbox.docker.engine import Engine, told

_REPOSITORY = "terminal-gym/bundle"
_LOG_LINES = 200


@dataclass(frozen=True)
class Recipe:
    """How a folder is built, where its `Dockerfile` alone does not say it.

    Attributes:
        dockerfile: In the folder.
        args: Values of its ARGs.
        target: The stage that is wanted; "" is the last.
    """

    dockerfile: str = "Dockerfile"
    args: tuple[tuple[str, str], ...] = ()
    target: str = ""


_USUAL = Recipe()


class Images:
    """See above.

    Args:
        engine: The connection.
        backend: The name of the backend that they are for.
    """

    def __init__(self, engine: Engine, backend: str) -> None:
        self._engine = engine
        self._backend = backend
        self._building = threading.Lock()
        self._not_to_be_had: set[str] = set()

    def prepare(self, source: ImageSource, recipe: Recipe = _USUAL) -> Image:
        """See `Backend.prepare`."""
        if source.image is not None or source.context is None:
            ready = self._ready(source.image or "")
            if ready is not None:
                return self._as_image(ready)
        if source.context is None:
            raise ImageBuildFault(
                f"image {source.image!r} is not here and cannot be pulled",
                remedy=f"docker pull {source.image}, or docker load it from a file",
            )
        tag = f"{_REPOSITORY}:{_content_hash(source.context, recipe)}"
        found = self._inspect(tag)
        if found is None:
            with self._building, _one_process():
                found = self._inspect(tag)
                if found is None:
                    self._build(source, recipe, tag)
                    found = self._inspect(tag)
        if found is None:
            raise ImageBuildFault(f"{source.context}: the image vanished after it was built")
        return self._as_image(found)

    def _inspect(self, name: str) -> dict[str, Any] | None:
        try:
            with told(f"looking for image {name}"):
                return dict(self._engine.api.inspect_image(name))
        except SandboxFault as error:
            if isinstance(error.__cause__, ImageNotFound):
                return None
            raise

    def _ready(self, name: str) -> dict[str, Any] | None:
        """A ready image, pulled where it is not here; asked for once where it is not to be had."""
        found = self._inspect(name)
        if found is None and name not in self._not_to_be_had:
            with contextlib.suppress(SandboxFault), told(f"pulling {name}"):
                self._engine.api.pull(name)
            found = self._inspect(name)
            if found is None:
                self._not_to_be_had.add(name)
        return found

    def _build(self, source: ImageSource, recipe: Recipe, tag: str) -> None:
        context, timeout_s = source.context, source.build_timeout_s
        log: deque[str] = deque(maxlen=_LOG_LINES)
        end = time.monotonic() + timeout_s
        failure = ""
        try:
            with told(f"building {context}"):
                for event in self._engine.api.build(
                    path=str(context),
                    dockerfile=recipe.dockerfile,
                    buildargs=dict(recipe.args),
                    target=recipe.target,
                    tag=tag,
                    rm=True,
                    forcerm=True,
                    # Packages are fetched as the host would.
                    network_mode="host" if source.network else "none",
                    timeout=timeout_s,
                    decode=True,
                ):
                    log.append(str(event.get("stream", "")))
                    failure = failure or str(event.get("error", ""))
                    if time.monotonic() > end:
                        failure = f"not done after {timeout_s:g} s"
                        break
        except SandboxFault as error:
            if "parse error" in error.message or "unknown instruction" in error.message:
                raise DockerfileError(f"{context}/{recipe.dockerfile}: {error.message}") from error
            raise ImageBuildFault(error.message, log="".join(log)) from error
        except (BuildError, OSError, TypeError, UnicodeError) as error:
            raise ImageBuildFault(f"{context}: {error}", log="".join(log)) from error
        if failure:
            raise ImageBuildFault(
                f"{context}/{recipe.dockerfile} did not build: {failure.strip()}{_last(log)}",
                log="".join(log),
                remedy="mend that step; the fault's log has what it printed",
            )

    def _as_image(self, found: dict[str, Any]) -> Image:
        config = found.get("Config") or {}
        pairs = (entry.partition("=") for entry in config.get("Env") or [])
        return Image(
            backend=self._backend,
            digest=found["Id"],
            ref=found["Id"],
            env={key: value for key, _, value in pairs},
            workdir=config.get("WorkingDir") or "/",
            user=config.get("User") or "root",
            entrypoint=config.get("Entrypoint") or [],
        )


@contextlib.contextmanager
def _one_process() -> Iterator[None]:
    """One build at a time on this machine: most have their first and longest step in common."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # nowhere to write: the same is then built twice
            folder = cache_folder()
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(folder / "docker.lock"))
        yield


def _last(log: deque[str]) -> str:
    """The last that a build printed, to be appended to why it failed."""
    lines = "".join(log).strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def _content_hash(context: Path, recipe: Recipe) -> str:
    """Of every name, mode and content below a build context, and of what else is said."""
    total = hashlib.sha256()
    if recipe != _USUAL:
        total.update(repr(recipe).encode("utf-8", "surrogateescape"))
    if not (context / recipe.dockerfile).is_file():
        raise DockerfileError(
            f"{context}/{recipe.dockerfile}: missing",
            remedy="write one, or name [environment] docker_image",
        )
    for path in sorted(context.rglob("*")):
        info = path.lstat()
        kind = stat.S_IFMT(info.st_mode)
        head = f"{path.relative_to(context)}\0{kind}\0{info.st_mode & 0o111}\0"
        total.update(head.encode("utf-8", "surrogateescape"))
        if stat.S_ISREG(info.st_mode):
            total.update(hashlib.sha256(path.read_bytes()).digest())
        elif stat.S_ISLNK(info.st_mode):
            total.update(os.fsencode(path.readlink()))
    return total.hexdigest()[:24]
