"""Root file systems for the namespace backend: imported from a folder or archive, or built.

`FROM name` uses the one imported under that name. Each is made beside its place and renamed there,
so that a broken import is never used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from terminal_gym.errors import ImageBuildFault, UserError
from terminal_gym.sandbox.cache import cache_folder
from terminal_gym.sandbox.namespace.images import rootfs_name
from terminal_gym.sandbox.namespace.permission import is_root
from terminal_gym.sandbox.owner import owner_tag

PACKAGES = tuple(
    "ca-certificates curl file gcc git iproute2 jq less libc6-dev make nano openssl patch procps"
    " python3 sqlite3 unzip xz-utils zip".split()
)
"""What `build_rootfs` adds to a minimal Debian: what our tasks install."""

_LOG_TAIL = 4000


def import_rootfs(name: str, source: Path) -> Path:
    """Unpack a tar archive (as of `docker export`), or copy a folder, for `FROM name`.

    Device nodes are left out; an ordinary user becomes the owner of every file.

    Raises:
        UserError: `source` is neither, cannot be unpacked, or holds no root file system.
    """
    draft = _draft()
    try:
        _unpack(source, draft)
        if not (draft / "bin/sh").is_symlink() and not (draft / "bin/sh").exists():
            raise UserError(
                f"{source} holds no /bin/sh, so it is no root file system",
                remedy="give a folder or tar with bin, etc and usr at its top",
            )
        return _publish(draft, name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def build_rootfs(name: str, *, mirror: str = "", packages: Sequence[str] = PACKAGES) -> Path:
    """Make a Debian root file system with debootstrap, as root, for `FROM debian:<suite>...`.

    Args:
        name: As in FROM.
        mirror: URL of a Debian mirror; empty: debootstrap's own.
        packages: What is installed on top of the minimal system.

    Raises:
        UserError: It is not Debian, or debootstrap or root is missing.
        ImageBuildFault: debootstrap failed.
    """
    family, _, tag = name.partition(":")
    suite = tag.removesuffix("-slim") or "stable"
    if family != "debian" or not suite.replace("-", "").isalnum():
        raise UserError(
            f"cannot build {name!r}: only debian:SUITE can be built",
            remedy=f"docker export a container of it, then: terminal-gym rootfs import {name} TAR",
        )
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise UserError(
            "building a root file system takes root and the program debootstrap",
            remedy="apt-get install debootstrap, and run as root; or: terminal-gym rootfs import",
        )
    draft = _draft()
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    try:
        done = subprocess.run(
            [*command, suite, str(draft), *([mirror] if mirror else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            log = done.stdout.decode(errors="replace")[-_LOG_TAIL:]
            raise ImageBuildFault(
                f"debootstrap failed with {done.returncode}: {log.strip().splitlines()[-1:]}",
                log=log,
                remedy="see the log; is the mirror reachable (option --mirror)?",
            )
        return _publish(draft, name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def list_rootfs() -> list[str]:
    """The folder names of what is imported."""
    folder = _folder()
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _folder() -> Path:
    folder = cache_folder() / "namespace" / "rootfs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _draft() -> Path:
    draft = _folder() / f".{owner_tag()}-{uuid.uuid4().hex[:8]}"
    draft.mkdir(mode=0o755)
    return draft


def _unpack(source: Path, draft: Path) -> None:
    """Both ways go through tar, which keeps owners, links and sparse files, and never leaves
    its target folder.
    """
    unpack = ["tar", "-C", str(draft), "-x", "--delay-directory-restore", "--exclude=./dev/*"]
    unpack += ["--exclude=dev/*"]
    if is_root():
        unpack += ["--numeric-owner", "--same-owner", "-p"]
    if source.is_dir():
        pack = ["tar", "-C", str(source), "-c", "--one-file-system", "--numeric-owner", "."]
        with subprocess.Popen(pack, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as packing:
            done = subprocess.run(
                [*unpack, "-f", "-"], stdin=packing.stdout, capture_output=True, check=False
            )
            log = done.stderr + (packing.stderr.read() if packing.stderr else b"")
        failed = done.returncode or packing.returncode
    else:
        done = subprocess.run([*unpack, "-f", str(source)], capture_output=True, check=False)
        failed, log = done.returncode, done.stderr
    if failed:
        raise UserError(
            f"cannot unpack {source}: {log.decode(errors='replace').strip()[-500:]}",
            remedy="give a tar archive or a folder that you can read, and a disk with room",
        )


def _publish(draft: Path, name: str) -> Path:
    """Put the draft in its place; a former one of that name goes."""
    for folder in ("proc", "dev", "sys", "tmp"):
        (draft / folder).mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        (draft / "tmp").chmod(0o1777)
    place = _folder() / rootfs_name(name)
    old = _draft()
    try:
        if place.exists():
            place.rename(old / "old")
        draft.rename(place)
        os.utime(place)  # its time is part of every image's key
    finally:
        shutil.rmtree(old, ignore_errors=True)
    return place
