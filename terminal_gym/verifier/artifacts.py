"""Artifacts: what of an agent's files a separate verifier gets to see.

They are the agent's, and hostile: what leads out of an artifact is left out, and so are devices,
FIFOs, sockets and the bits that lend a user's rights.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable
from pathlib import Path

from terminal_gym.bundle.models import MAIN, Artifact
from terminal_gym.errors import Fault
from terminal_gym.sandbox.base import Sandbox, StateReport
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym.sandbox.services import Services

USUAL = "/logs/artifacts"
_MAX_LINES = 100


def carry_artifacts(
    fresh: Sandbox,
    dead: Sandbox,
    artifacts: Iterable[Artifact],
    services: Services | None = None,
) -> StateReport:
    """Copy artifacts, and /logs/artifacts, to the same places in another sandbox.

    Args:
        fresh: Where they go.
        dead: The agent's sandbox, or what stands for it.
        artifacts: What is wanted.
        services: Where those come from that name a service.

    Raises:
        StorageExceeded: One is larger than the storage of the sandbox that it comes from.
    """
    wanted = list(artifacts)
    own = [artifact.source.rstrip("/") for artifact in wanted if artifact.service in MAIN]
    if USUAL not in own:
        wanted.insert(0, Artifact(source=USUAL))
    missing: list[str] = []
    dropped: list[str] = []
    limit = dead.spec.limits.storage_mb << 20
    with owned_folder() as holder:
        for number, artifact in enumerate(wanted):
            copy = holder / str(number)
            try:
                _holder(artifact, dead, services).copy_out(artifact.source, copy, max_bytes=limit)
            except (FileNotFoundError, NotADirectoryError):
                missing += [artifact.source] if artifact.source != USUAL else []
                continue
            except Fault:
                raise
            except (OSError, tarfile.TarError, KeyError) as error:
                dropped.append(f"{artifact.source}: {error}")
                continue
            dropped += _cleaned(copy, artifact)
            if os.path.lexists(copy):
                fresh.copy_in(copy, artifact.source)
    return StateReport(missing=missing, dropped=dropped[:_MAX_LINES])


def _holder(artifact: Artifact, dead: Sandbox, services: Services | None) -> Sandbox:
    if artifact.service in MAIN or services is None:
        return dead
    return services.sandbox(str(artifact.service))


def _cleaned(copy: Path, artifact: Artifact) -> list[str]:
    """Remove what must not come over; gives a line for each thing but those excluded."""
    if copy.is_symlink():
        copy.unlink()
        return [f"{artifact.source}: a link"]
    if not copy.is_dir():
        copy.chmod(stat.S_IMODE(copy.lstat().st_mode) & 0o777)
        return []
    dropped = []
    for folder, names, files in os.walk(copy):
        for name in [*names, *files]:
            path = Path(folder) / name
            relative = path.relative_to(copy)
            if _excluded(f"./{relative}", artifact.exclude):
                _remove(path)
                if name in names:
                    names.remove(name)
            elif path.is_symlink():
                if not _stays_inside(path, copy):
                    path.unlink()
                    dropped.append(f"{artifact.source}/{relative}: a link that leads out")
            else:
                path.chmod(stat.S_IMODE(path.lstat().st_mode) & 0o777)
    return dropped


def _excluded(path: str, patterns: list[str]) -> bool:
    """As tar's --exclude: a pattern may begin at any folder, and `*` matches slashes."""
    parts = path.split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts))]
    return any(fnmatch.fnmatchcase(tail, pattern) for tail in tails for pattern in patterns)


def _stays_inside(link: Path, top: Path) -> bool:
    try:
        return link.resolve().is_relative_to(top.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
