"""Where the authors of all drafts have their machines: one backend, and a share of the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from terminal_gym.errors import DockerfileError, ImageBuildFault
from terminal_gym.sandbox.base import Backend, Image, ImageSource, Limits, Sandbox, SandboxSpec
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym.terminal.output import cut
from terminal_gym_generator.bundle_writer import write_files
from terminal_gym_generator.families_engine import INSTALL
from terminal_gym_generator.gates.trial import one_line
from terminal_gym_generator.records import Environment, TextFile
from terminal_gym_generator.rng import digest

_SPEC = SandboxSpec(limits=Limits(memory_mb=1024, storage_mb=1024, cpus=1))
_BUILD_SECONDS = 300.0
_LOG = 3_000


class BuildFailedError(Exception):
    """An image could not be built from what an author wrote; the message is for them."""


class Workplace:
    """Thread-safe.

    Args:
        backend: Where sandboxes come from.
        jobs: Sandboxes that work at a time.
    """

    def __init__(self, backend: Backend, jobs: int) -> None:
        self.backend = backend
        self._cpu = BoundedSemaphore(jobs)
        self._images: dict[str, Image] = {}
        self._lock, self._toolset = Lock(), Lock()
        self._installed = False

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While a sandbox works: only so many at a time."""
        with self._cpu:
            yield

    def image(self, environment: Environment) -> Image:
        """The image of an environment, built where it is not there yet.

        Raises:
            BuildFailedError: It does not build.
        """
        key = key_of(environment)
        with self._lock:
            found = self._images.get(key)
        if found is None:
            found = self._build(environment)
            with self._lock:
                self._images[key] = found
        return found

    def start(self, environment: Environment) -> Sandbox:
        """A fresh sandbox of that environment.

        Raises:
            BuildFailedError: Its image does not build.
        """
        return self.backend.start(self.image(environment), _SPEC)

    def _build(self, environment: Environment) -> Image:
        self._prepare_toolset()
        with owned_folder() as place:
            folder = place / "context"
            dockerfile = TextFile(content=environment.dockerfile)
            write_files({"Dockerfile": dockerfile, **environment.files}, folder)
            source = ImageSource(context=folder, build_timeout_s=_BUILD_SECONDS, network=False)
            try:
                return self.backend.prepare(source)
            except (DockerfileError, ImageBuildFault) as error:
                log = getattr(error, "log", "")
                told = f"{one_line(error.message, 500)}\n{cut(log, _LOG)}".strip()
                raise BuildFailedError(told.replace(f"{folder}/", "")) from error

    def _prepare_toolset(self) -> None:
        """Install the standard programs, once: what a model wrote is built without a network."""
        with self._toolset, owned_folder() as folder:
            if not self._installed:
                (folder / "Dockerfile").write_text(INSTALL)
                self.backend.prepare(ImageSource(context=folder))
                self._installed = True


def key_of(environment: Environment) -> str:
    """Equal for equal environments."""
    return digest("environment", environment.model_dump_json())
