"""What a sandbox is: the protocol that every backend implements.

A backend turns an `ImageSource` into an image once (`prepare`), and an image into any number of
sandboxes (`start`). A sandbox is one machine of its own for one episode or one verification: its
own file system, processes, network and limits. It is never cleaned and used again.

To add a backend, write a class with the members of `Backend` and name it in
`terminal_gym.sandbox.BACKENDS`, or pass `"package.module:Class"` as the backend's name.
The contract test suite in `tests/sandbox/contract` says, behaviour by behaviour, what must hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pexpect.spawnbase import SpawnBase

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Limits(BaseModel):
    """What one sandbox may use of the host."""

    model_config = ConfigDict(frozen=True)

    memory_mb: int = Field(default=2048, ge=16, description="memory of all processes, MiB")
    storage_mb: int = Field(default=2048, ge=1, description="what may be written, MiB")
    cpus: float = Field(default=1.0, gt=0, description="CPU cores, as a rate")
    pids: int = Field(default=256, ge=8, description="processes and threads")


class ImageSource(BaseModel):
    """What an image is made from: a folder with a Dockerfile, or a ready image's name.

    Where both are given, it is the ready image if that is to be had, else the folder.
    """

    model_config = ConfigDict(frozen=True)

    context: Path | None = Field(default=None, description="build context holding `Dockerfile`")
    image: str | None = Field(default=None, description="name of a ready image")
    build_timeout_s: float = Field(default=600.0, description="limit of the whole build, seconds")
    network: bool = Field(
        default=True,
        description="build steps see the host's network; else what is built anew sees none",
    )


class Image(BaseModel):
    """A built image, ready to start sandboxes from."""

    model_config = ConfigDict(frozen=True)

    backend: str = Field(description="the backend that built it")
    digest: str = Field(description="content hash: equal digests, equal file systems")
    ref: str = Field(description="the backend's own handle (a tag, a layer stack's key)")
    env: dict[str, str] = Field(default_factory=dict, description="from ENV")
    workdir: str = Field(default="/", description="from WORKDIR")
    user: str = Field(default="root", description="from USER: name, uid or uid:gid")
    entrypoint: list[str] = Field(
        default_factory=list, description="from ENTRYPOINT; no backend starts it by itself"
    )


class Link(BaseModel):
    """A network of services that a sandbox joins."""

    model_config = ConfigDict(frozen=True)

    network: str = Field(description="the backend's own name of it")
    aliases: tuple[str, ...] = Field(default=(), description="host names of the sandbox in it")


class SandboxSpec(BaseModel):
    """How one sandbox is to be."""

    model_config = ConfigDict(frozen=True)

    limits: Limits = Field(default_factory=Limits)
    network: bool = Field(default=False, description="the host's network, else loopback only")
    links: tuple[Link, ...] = Field(
        default=(), description="instead: from `RunsServices.start_services`"
    )
    env: dict[str, str] = Field(default_factory=dict, description="added to the image's ENV")
    hostname: str = "sandbox"


class ServicesSource(BaseModel):
    """What services are made from: a compose file, which has been found harmless."""

    model_config = ConfigDict(frozen=True)

    file: Path
    names: tuple[str, ...] = Field(description="all services but the sandbox's own")
    main: str = Field(default="main", description="the sandbox's own, which is not started here")
    env: dict[str, str] = Field(
        default_factory=dict, description="for the file's variables, before the host's"
    )
    limits: Limits = Field(default_factory=Limits, description="of each that names none")
    build_timeout_s: float = 600.0


class ExecResult(BaseModel):
    """What one non-interactive command did."""

    model_config = ConfigDict(frozen=True)

    exit_code: int | None = Field(description="0-255; 128+n after signal n; None if timed out")
    output: bytes = Field(description="stdout and stderr together, the first `max_output` bytes")
    omitted_bytes: int = Field(default=0, description="output beyond `max_output`")
    timed_out: bool = False
    elapsed_s: float = 0.0


class Availability(BaseModel):
    """Whether a backend works on this machine."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    detail: str = Field(description="one line: the version, or what is missing")
    remedy: str = Field(default="", description="what to do when not ok")


class StateReport(BaseModel):
    """What `graft_state` carried over."""

    model_config = ConfigDict(frozen=True)

    missing: list[str] = Field(default_factory=list, description="state paths that do not exist")
    dropped: list[str] = Field(
        default_factory=list,
        description="things that are no gradable state: devices, FIFOs, sockets, paths whose "
        "parent became a symlink (path and reason, at most 100 lines)",
    )


@runtime_checkable
class Pty(Protocol):
    """An interactive program on a pseudo-terminal of the sandbox."""

    spawn: SpawnBase
    """pexpect's handle, in bytes mode: read with expect, write with send."""

    def resize(self, rows: int, cols: int) -> None:
        """Change the terminal's size."""

    def kill_foreground(self) -> None:
        """SIGKILL the terminal's foreground process group, unless that is the shell itself."""

    def close(self) -> None:
        """Hang up and kill what is left of the program. Idempotent; never raises."""


@runtime_checkable
class Sandbox(Protocol):
    """One isolated machine. Paths are absolute paths inside it."""

    id: str
    image: Image
    spec: SandboxSpec

    def open_pty(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        rows: int = 24,
        cols: int = 80,
    ) -> Pty:
        """Start `argv` on a new PTY as its controlling terminal.

        The environment is PATH, HOME, USER, LOGNAME, TERM, HOSTNAME, then the image's ENV, the
        spec's env and `env`, nothing of the host's. `cwd` defaults to the image's WORKDIR, `user`
        to its USER.

        Raises:
            SandboxFault: The sandbox is gone.
        """

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        stdin: bytes = b"",
        timeout_s: float = 60.0,
        max_output: int = 1 << 20,
        clean_env: bool = False,
    ) -> ExecResult:
        """Run `argv` without a terminal and wait for it.

        A missing program gives exit code 127, as in a shell. At the timeout the command's whole
        process group is killed and the result says `timed_out`. With `clean_env` neither the
        image's ENV nor the spec's env is given, only PATH, HOME, USER, LOGNAME and `env`.

        Raises:
            SandboxFault: The sandbox is gone.
        """

    def copy_in(
        self, source: Path, dest: str, *, owner: str = "root", mode: int | None = None
    ) -> None:
        """Copy a host file or folder to `dest` (replaced if there; parents are made).

        Symlinks inside a folder are copied as symlinks. `mode` applies to regular files only.
        """

    def write_file(self, dest: str, data: bytes, *, owner: str = "root", mode: int = 0o644) -> None:
        """Write one file; parents are made."""

    def read_file(self, path: str, *, max_bytes: int = 1 << 20) -> bytes:
        """The first `max_bytes` of a regular file.

        Raises:
            FileNotFoundError: Nothing is there.
            IsADirectoryError: It is a folder.
            OSError: It is not a regular file (symlinks are not followed).
        """

    def copy_out(self, path: str, dest: Path, *, max_bytes: int = 1 << 28) -> None:
        """Copy a file or folder to the host; devices, FIFOs and sockets are left out.

        Raises:
            FileNotFoundError: Nothing is there.
            StorageExceeded: It is larger than `max_bytes`.
        """

    def top_names(self) -> list[str]:
        """Names in `/`, sorted: at least those that the image does not have."""

    def kill_all(self) -> None:
        """Kill every process in the sandbox and wait until they are dead; its file system stays.

        Afterwards `graft_state` from it, `top_names`, `copy_out`, `read_file` and `close` work;
        `open_pty` and `run` raise SandboxFault. Idempotent.
        """

    def graft_state(self, source: Sandbox, paths: Sequence[str]) -> StateReport:
        """Put `source`'s files at `paths` in place of this sandbox's own.

        `source` has the same backend and image and is dead (`kill_all`). Nothing outside `paths`
        comes over. A path missing in `source` is missing here afterwards. Owners, modes, times,
        symlinks, hard links and xattrs of user.* are kept; devices, FIFOs and sockets are dropped,
        also symlinks that lead to them or into /proc, /sys or /dev.

        Raises:
            StorageExceeded: The state is larger than either sandbox's storage.
        """

    def alive(self) -> bool:
        """Whether processes can be started in it."""

    def close(self) -> None:
        """Kill and remove everything. Idempotent, safe from any thread; never raises."""


@runtime_checkable
class Backend(Protocol):
    """A way of making sandboxes."""

    name: str

    def check(self) -> Availability:
        """Whether it works here; tries the real thing, cheaply (under 2 s), never raises."""

    def prepare(self, source: ImageSource) -> Image:
        """Build (or find) the image; cached by content; safe from several threads and processes.

        Raises:
            DockerfileError: A line is malformed or cannot be run by this backend.
            ImageBuildFault: A build step failed.
        """

    def start(self, image: Image, spec: SandboxSpec) -> Sandbox:
        """A new sandbox with a fresh file system.

        Raises:
            BackendUnavailable: The machine does not allow it.
            SandboxFault: It could not be started.
        """

    def reap(self) -> list[str]:
        """Remove what dead owner processes left; one line per thing removed."""

    def close(self) -> None:
        """Give back what the backend itself holds (pools, helper processes). Idempotent."""
