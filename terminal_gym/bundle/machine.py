"""What one of a task's sandboxes is made from, and how it is to be.

A task has one for the agent, and another for its verifier where that is separate. Each comes from
a section like `[environment]` and a folder that holds a Dockerfile, or nothing but files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terminal_gym.bundle.models import EnvironmentSection, Healthcheck
from terminal_gym.bundle.variables import resolve_env
from terminal_gym.sandbox.base import ImageSource, Limits, SandboxSpec

_DEFAULT_MEMORY_MB, _DEFAULT_STORAGE_MB = 2048, 2048


@dataclass(frozen=True)
class Machine:
    """One kind of sandbox.

    Attributes:
        section: The keys that hold for it.
        folder: What its image is built from.
        file: The task.toml, for messages.
        key: Where the section stands in it, for messages.
    """

    section: EnvironmentSection
    folder: Path
    file: Path
    key: str = "environment"

    @property
    def image_source(self) -> ImageSource:
        """The ready image, where one is named; the Dockerfile, where there is one."""
        return ImageSource(
            context=self.folder if self.has_dockerfile else None,
            image=self.section.docker_image,
            build_timeout_s=self.section.build_timeout_sec,
        )

    @property
    def has_dockerfile(self) -> bool:
        """Whether it can be built."""
        return (self.folder / "Dockerfile").is_file()

    @property
    def uploads(self) -> Path | None:
        """Files for the working folder: those beside a ready image that nothing is built for."""
        ready = self.section.docker_image is not None and not self.has_dockerfile
        return self.folder if ready and self.folder.is_dir() else None

    @property
    def workdir(self) -> str | None:
        """Where programs start; None: the image's WORKDIR."""
        return self.section.workdir

    @property
    def healthcheck(self) -> Healthcheck | None:
        """What says that it is ready."""
        return self.section.healthcheck

    def spec(self, *, network: bool) -> SandboxSpec:
        """Limits, network and variables of one sandbox.

        Raises:
            BundleError: A variable of the host that it needs is not set.
        """
        section = self.section
        return SandboxSpec(
            limits=Limits(
                memory_mb=section.memory_mb or _DEFAULT_MEMORY_MB,
                storage_mb=section.storage_mb or _DEFAULT_STORAGE_MB,
                cpus=section.cpus or 1.0,
            ),
            network=network,
            env=resolve_env(section.env, self.file, f"{self.key}.env"),
        )
