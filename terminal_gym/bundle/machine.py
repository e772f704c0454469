"""What one of a task's sandboxes is made from, and how it is to be.

A task has one for the agent, and another for its verifier where that is separate. Each comes from
a section like `[environment]` and a folder that holds a Dockerfile, a compose file, both, or
nothing but files. What the section says comes before what the compose file says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terminal_gym.bundle.compose import Service, read_service
from terminal_gym.bundle.models import EnvironmentSection, Healthcheck
from terminal_gym.bundle.variables import resolve_env
from terminal_gym.sandbox.base import Image, ImageSource, Limits, SandboxSpec, ServicesSource

_DEFAULT_MEMORY_MB, _DEFAULT_STORAGE_MB = 2048, 2048
_WAIT = ("sh", "-c", "sleep infinity")


@dataclass(frozen=True)
class Machine:
    """One kind of sandbox.

    Attributes:
        section: The keys that hold for it.
        folder: What its image is built from.
        file: The task.toml, for messages.
        key: Where the section stands in it, for messages.
        service: What the folder's compose file says, if it has one.
    """

    section: EnvironmentSection
    folder: Path
    file: Path
    key: str = "environment"
    service: Service | None = None

    @property
    def image_source(self) -> ImageSource:
        """The ready image, where one is named; the Dockerfile, where there is one."""
        context = self.folder if self.has_dockerfile else None
        image = self.section.docker_image
        if self.service and self.service.context:
            context, image = self.service.context, None
        elif self.service and self.service.image and (image or context is None):
            image = self.service.image  # beside a build it is no more than the name of the result
        return ImageSource(
            context=context, image=image, build_timeout_s=self.section.build_timeout_sec
        )

    def dressed(self, image: Image) -> Image:
        """An image with what the compose file says of its user and working folder."""
        if self.service is None:
            return image
        return image.model_copy(
            update={
                "user": self.service.user or image.user,
                "workdir": self.service.workdir or image.workdir,
            }
        )

    def main_program(self, image: Image) -> list[str]:
        """What is started before the agent: the entrypoint, on a command that may only wait."""
        entrypoint = self.service.entrypoint if self.service else None
        command = self.service.command if self.service else None
        first = image.entrypoint if entrypoint is None else entrypoint
        return [*first, *(_WAIT if command is None else command)] if first or command else []

    @property
    def has_dockerfile(self) -> bool:
        """Whether it can be built."""
        return (self.folder / "Dockerfile").is_file()

    @property
    def uploads(self) -> Path | None:
        """Files for the working folder: those beside a ready image that nothing is built for."""
        ready = self.section.docker_image is not None and not self.has_dockerfile
        ready = ready and self.service is None
        return self.folder if ready and self.folder.is_dir() else None

    @property
    def workdir(self) -> str | None:
        """Where programs start; None: the image's WORKDIR."""
        return self.section.workdir

    @property
    def healthcheck(self) -> Healthcheck | None:
        """What says that it is ready."""
        return self.section.healthcheck or (self.service.healthcheck if self.service else None)

    @property
    def services(self) -> ServicesSource | None:
        """What runs beside it; None for most.

        Raises:
            BundleError: A variable of the host that it needs is not set.
        """
        if self.service is None or self.service.file is None or not self.service.others:
            return None
        return ServicesSource(
            file=self.service.file,
            names=self.service.others,
            env=resolve_env(self.section.env, self.file, f"{self.key}.env"),
            build_timeout_s=self.section.build_timeout_sec,
        )

    def spec(self, *, network: bool) -> SandboxSpec:
        """Limits, network and variables of one sandbox.

        Raises:
            BundleError: A variable of the host that it needs is not set.
        """
        section, service = self.section, self.service or Service()
        return SandboxSpec(
            limits=Limits(
                memory_mb=section.memory_mb or service.memory_mb or _DEFAULT_MEMORY_MB,
                storage_mb=section.storage_mb or _DEFAULT_STORAGE_MB,
                cpus=section.cpus or service.cpus or 1.0,
            ),
            network=network and service.network,
            env={**service.env, **resolve_env(section.env, self.file, f"{self.key}.env")},
        )


def machine_of(
    section: EnvironmentSection, folder: Path, file: Path, key: str = "environment"
) -> Machine:
    """The sandbox that a section and a folder describe.

    Raises:
        BundleError: The folder's compose file is malformed.
        UnsupportedFeature: It asks for what cannot be run here.
    """
    return Machine(section, folder, file, key, read_service(folder))
