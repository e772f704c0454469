"""Images of the namespace backend: stacks of overlay layers, built from Dockerfiles.

Below the cache folder, `layers/<key>/` is one layer (an overlay's upper folder), `rootfs/<name>/`
an imported root file system. A layer holds all instructions up to and including one RUN; its key
is a hash of its parent's key, the instructions, and every byte they copy.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.errors import (
    BackendUnavailable,
    DockerfileError,
    ImageBuildFault,
    ResourceFault,
)
from terminal_gym.sandbox.base import DEFAULT_PATH, Image, ImageSource, Limits
from terminal_gym.sandbox.cache import locked
from terminal_gym.sandbox.dockerfile import (
    Instruction,
    env_pairs,
    parse_dockerfile,
    substitute,
)
from terminal_gym.sandbox.namespace import packages
from terminal_gym.sandbox.namespace.hostroot import host_base
from terminal_gym.sandbox.namespace.permission import is_root
from terminal_gym.sandbox.namespace.sandbox import NamespaceSandbox

_LOG_TAIL = 4000
_ROOM = 16 << 20
BUILD_LIMITS = Limits(memory_mb=8192, storage_mb=16384, cpus=64, pids=4096)

StartBuild = Callable[[Image, str, bool], NamespaceSandbox]
"""Starts a sandbox for an image whose writes go to the given folder, with a network or without."""


class Stage(BaseModel):
    """Where a build stands: the layers so far, and what later instructions inherit."""

    model_config = ConfigDict(frozen=True)

    base: dict[str, list[str]] = Field(description="part of the root -> lower folders")
    layers: list[str] = Field(default_factory=list, description="built layers, topmost first")
    key: str
    env: dict[str, str] = Field(default_factory=dict)
    args: dict[str, str] = Field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    shell: list[str] = ["/bin/sh", "-c"]
    entrypoint: list[str] = Field(default_factory=list)

    def image(self) -> Image:
        """The image as it is now."""
        return Image(
            backend="namespace",
            digest=self.key,
            ref=json.dumps({"base": self.base, "layers": self.layers}),
            env=self.env,
            workdir=self.workdir,
            user=self.user,
            entrypoint=self.entrypoint,
        )

    def variables(self) -> dict[str, str]:
        """What `$NAME` in an instruction stands for."""
        return {**self.args, **self.env}


def mounts(image: Image, layers: Path) -> list[tuple[str, list[str]]]:
    """The overlays of an image: where (relative to its root) and their lower folders.

    Each part of a base is an overlay of its own; a layer holds a folder for each part it changed.
    """
    made = json.loads(image.ref)
    return [
        (part, [f"{key}/{name}" for key in made["layers"] if (layers / key / name).is_dir()] + base)
        for part, base in made["base"].items()
        for name in [part_name(part)]
    ]


def part_name(part: str) -> str:
    """The folder inside a layer for one part of the root."""
    return "root" if part == "." else part.replace("/", "-")


class ImageBuilder:
    """Builds images below one cache folder; safe from several threads and processes."""

    def __init__(self, cache: Path, start: StartBuild) -> None:
        self.layers = cache / "layers"
        self.rootfs = cache / "rootfs"
        self._start = start
        for folder in (self.layers, self.rootfs):
            folder.mkdir(parents=True, exist_ok=True)

    def build(self, source: ImageSource) -> Image:
        """See `Backend.prepare`."""
        imported = source.image and (self.rootfs / rootfs_name(source.image)).is_dir()
        if source.context is None or imported:
            return self._base(source.image or "", None).image()
        instructions = parse_dockerfile(source.context / "Dockerfile")
        stage: Stage | None = None
        pending: list[Instruction] = []
        for item in instructions:
            if item.name == "FROM":
                reference = substitute(item.value, {}).split()[0]
                stage = self._base(reference, item)
                continue
            if stage is None:
                if item.name != "ARG":
                    raise item.error("stands before FROM", "begin with FROM")
                continue
            pending.append(item)
            if item.name == "RUN":
                stage, pending = self._layer(stage, pending, source), []
        assert stage is not None  # parse_dockerfile saw a FROM
        return self._layer(stage, pending, source).image() if pending else stage.image()

    # --- the base ---

    def _base(self, reference: str, item: Instruction | None) -> Stage:
        """The stage that FROM begins: an imported root file system, or the host's own."""
        imported = self.rootfs / rootfs_name(reference)
        if imported.is_dir():
            stamp = str(imported.stat().st_mtime_ns)
            return Stage(base={".": [str(imported)]}, key=_hash("rootfs", reference, stamp))
        if not is_root():
            raise BackendUnavailable(
                f"no root file system named {reference!r} is at hand, and only root can use the "
                "host's",
                remedy=f"terminal-gym rootfs import {reference} FILE.tar (or a folder)",
            )
        if not re.match(r"(debian|ubuntu)(:|$)", reference) or not packages.is_debian_like():
            message = f"{reference} is neither imported nor what this host runs"
            remedy = f"terminal-gym rootfs import {reference} DIR, or use --backend docker"
            if item is not None:
                raise item.error(message, remedy)
            raise DockerfileError(message, remedy=remedy)
        base = host_base(self.layers)
        return Stage(base=base, key=_hash("host", json.dumps(base), packages.stamp()))

    # --- one layer ---

    def _layer(self, stage: Stage, items: list[Instruction], source: ImageSource) -> Stage:
        """The stage after `items`: from the cache, or built now."""
        assert source.context is not None
        context = Context(source.context)
        after = self._inherit(stage, items)
        material = [[item.name, substitute_copy(item, stage)] for item in items]
        copied = [context.digest(item) for item in items if item.name in ("COPY", "ADD")]
        key = _hash(stage.key, json.dumps(material), json.dumps(copied), json.dumps(stage.args))
        changes = [item for item in items if item.name in ("COPY", "ADD", "WORKDIR")]
        run = items[-1] if items[-1].name == "RUN" else None
        if run and not changes and _installs_nothing(stage, run):
            # The very packages are there: no layer, but the same key on every host is not wanted
            # either, because the base differs.
            return after.model_copy(update={"key": key})
        with locked(self.layers / f".{key}.lock"):
            if not (self.layers / key).is_dir():
                self._make(stage, items, context, key, source)
        return after.model_copy(update={"layers": [key, *stage.layers], "key": key})

    @staticmethod
    def _inherit(stage: Stage, items: list[Instruction]) -> Stage:
        """Apply the instructions that change no file."""
        for item in items:
            variables = stage.variables()
            if item.name == "ENV":
                stage = stage.model_copy(
                    update={"env": {**stage.env, **env_pairs(item, variables)}}
                )
            elif item.name == "ARG":
                name, _, value = item.value.strip().partition("=")
                default = {name: substitute(value.strip("\"'"), variables)}
                stage = stage.model_copy(update={"args": {**stage.args, **default}})
            elif item.name == "WORKDIR":
                folder = os.path.join(stage.workdir, substitute(item.value.strip(), variables))
                stage = stage.model_copy(update={"workdir": os.path.normpath(folder)})
            elif item.name == "USER":
                stage = stage.model_copy(update={"user": substitute(item.value.strip(), variables)})
            elif item.name == "SHELL":
                stage = stage.model_copy(update={"shell": item.words()})
            elif item.name == "ENTRYPOINT":
                is_list = item.value.lstrip().startswith("[")
                words = item.words() if is_list else [*stage.shell, item.value]
                stage = stage.model_copy(update={"entrypoint": words})
        return stage

    def _make(
        self,
        stage: Stage,
        items: list[Instruction],
        context: Context,
        key: str,
        source: ImageSource,
    ) -> None:
        draft = self.layers / f".build-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        draft.mkdir()
        try:
            sandbox = self._start(stage.image(), str(draft), source.network)
            try:
                for item in items:
                    self._execute(sandbox, stage, item, context, source.build_timeout_s)
                    stage = self._inherit(stage, [item])
            finally:
                sandbox.close()
            (draft / "upper").rename(self.layers / key)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _execute(
        self,
        sandbox: NamespaceSandbox,
        stage: Stage,
        item: Instruction,
        context: Context,
        timeout_s: float,
    ) -> None:
        if item.name == "WORKDIR":
            workdir = self._inherit(stage, [item]).workdir
            sandbox.run(["mkdir", "-p", workdir], user="root", cwd="/")
        elif item.name in ("COPY", "ADD"):
            context.copy(item, stage, sandbox)
        elif item.name == "RUN":
            shell = not item.value.lstrip().startswith("[")
            argv = [*stage.shell, item.value] if shell else item.words()
            path = {"PATH": DEFAULT_PATH}
            result = sandbox.run(
                argv,
                env={**path, **stage.args, **stage.env},
                cwd=stage.workdir,
                user=stage.user,
                timeout_s=timeout_s,
                max_output=1 << 24,
            )
            if result.exit_code != 0:
                self._need_room()
                what = "timed out" if result.timed_out else f"failed with {result.exit_code}"
                log = result.output.decode(errors="replace")[-_LOG_TAIL:]
                last = log.strip().rpartition("\n")[2]
                raise ImageBuildFault(
                    f"{item.file}:{item.line}: RUN {what}: {last or 'it printed nothing'}",
                    log=log,
                    remedy="mend that step; the fault's log has all that it printed",
                )

    def _need_room(self) -> None:
        """A build step that failed for want of room seldom says so itself."""
        if shutil.disk_usage(self.layers).free < _ROOM:
            raise ResourceFault(
                f"{self.layers}: the disk that images are built on is full",
                remedy="make room there, or name another place: TERMINAL_GYM_CACHE",
            )


class Context:
    """A build context: the folder that COPY takes files from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        lines = _ignore_file(folder).splitlines()
        self._ignored = [line.strip().strip("/") for line in lines if line.strip()[:1] not in "#"]

    def digest(self, item: Instruction) -> str:
        """A hash over every path, mode and byte that `item` copies."""
        total = hashlib.sha256()
        for source in self.sources(item):
            for path in [source, *sorted(source.rglob("*"))] if source.is_dir() else [source]:
                name = str(path.relative_to(self.folder))
                if path.is_symlink():
                    body = os.fsencode(os.readlink(path))
                else:
                    body = path.read_bytes() if path.is_file() else b""
                executable = path.lstat().st_mode & 0o777
                total.update(json.dumps([name, executable, len(body)]).encode() + body)
        return total.hexdigest()

    def sources(self, item: Instruction) -> list[Path]:
        """The files and folders that a COPY or ADD names.

        Raises:
            DockerfileError: One is missing, or leads out of the context.
        """
        *names, _ = self._words(item)
        found: list[Path] = []
        for name in names:
            matches = self._matches(name.strip("/"), item)
            matches = [path for path in matches if not self._is_ignored(path)]
            if not matches:
                raise item.error(f"names {name!r}, which is not in the build context", "add it")
            found += matches
        for path in found:
            self._must_stay(path, item)
        return found

    def _matches(self, name: str, item: Instruction) -> list[Path]:
        if os.path.normpath(name) == ".":  # which glob refuses
            return [self.folder]
        try:
            return sorted(self.folder.glob(name))
        except (ValueError, OSError) as error:  # `***`, a NUL, a name that is too long
            raise item.error(f"cannot name {name[:60]!r}: {error}", "correct the name") from error

    def _must_stay(self, path: Path, item: Instruction) -> None:
        every = [path, *path.rglob("*")] if path.is_dir() else [path]
        for inner in every:
            if not inner.resolve().is_relative_to(self.folder):
                where = inner.relative_to(self.folder) if ".." not in inner.parts else inner
                raise item.error(f"copies {where}, which leads out of the context", "remove it")

    def _is_ignored(self, path: Path) -> bool:
        name = str(path.relative_to(self.folder)) if path != self.folder else ""
        return any(fnmatch.fnmatch(name, pattern) for pattern in self._ignored)

    def copy(self, item: Instruction, stage: Stage, sandbox: NamespaceSandbox) -> None:
        """Carry out a COPY or ADD."""
        words = self._words(item)
        dest = substitute(words[-1], stage.variables())
        is_folder = dest.endswith("/") or dest in (".", "..") or len(words) > 2
        dest = os.path.normpath(os.path.join(stage.workdir, dest))
        owner, mode = _copy_flags(item)
        for source in self.sources(item):
            if item.name == "ADD" and re.search(r"\.(tar|tgz|tar\.\w+)$", source.name):
                raise item.error("of an archive cannot be run by the namespace backend")
            if source.is_dir():
                self._copy_folder(source, dest, sandbox, owner, mode)
            else:
                target = f"{dest}/{source.name}" if is_folder else dest
                sandbox.copy_in(source, target, owner=owner, mode=mode)

    def _copy_folder(
        self, source: Path, dest: str, sandbox: NamespaceSandbox, owner: str, mode: int | None
    ) -> None:
        """Copy a folder's content into `dest`, beside what is there already."""
        sandbox.run(["mkdir", "-p", dest], user="root", cwd="/")
        for entry in sorted(source.iterdir()):
            if self._is_ignored(entry):
                continue
            target = f"{dest.rstrip('/')}/{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                self._copy_folder(entry, target, sandbox, owner, mode)
            else:
                sandbox.copy_in(entry, target, owner=owner, mode=mode)

    @staticmethod
    def _words(item: Instruction) -> list[str]:
        value = re.sub(r"^(--\w+=\S+\s+)*", "", item.value.strip())
        words = item.model_copy(update={"value": value}).words()
        if len(words) < 2:
            raise item.error("needs a source and a destination", "write COPY SOURCE DEST")
        return words


def _ignore_file(folder: Path) -> str:
    """The text of .dockerignore; a link is not followed, and what is no file has no lines."""
    file = folder / ".dockerignore"
    if file.is_symlink() or not file.is_file():
        return ""
    with file.open("rb") as opened:
        return opened.read(1 << 20).decode("utf-8", "replace")


def substitute_copy(item: Instruction, stage: Stage) -> str:
    """What a layer's key holds of an instruction: its value after substitution (RUN: as it is)."""
    return item.value if item.name == "RUN" else substitute(item.value, stage.variables())


def rootfs_name(reference: str) -> str:
    """The folder name for an image reference."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", reference)


def _copy_flags(item: Instruction) -> tuple[str, int | None]:
    owner, mode = "root", None
    for name, value in re.findall(r"--(\w+)=(\S+)", item.value.split("[")[0]):
        if name == "chown":
            owner = value
        elif name == "chmod":
            if not re.fullmatch("[0-7]{1,4}", value):
                raise item.error(f"--chmod={value} is no octal mode", "write one such as 0644")
            mode = int(value, 8)
        else:
            raise item.error(f"--{name} cannot be run by the namespace backend")
    return owner, mode


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def _installs_nothing(stage: Stage, run: Instruction) -> bool:
    """Whether a RUN only installs Debian packages that the base has already.

    Raises:
        DockerfileError: It has not, and they cannot be installed by this user.
    """
    wanted = packages.wanted(run.value)
    if not wanted or stage.layers:
        return False
    missing = wanted - packages.installed(stage.base)
    if missing and not is_root():  # packages have files of several users, who has only one
        root = Path(stage.base["."][0]).name
        raise run.error(
            f"needs packages that {root} lacks: {' '.join(sorted(missing))}",
            "import a root file system that has them; only root can install packages",
        )
    return not missing
