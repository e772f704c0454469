"""The host's own root file system as a base image, with everything private hidden.

The new root is a skeleton of empty folders. The operating system's folders (/usr, /etc, the package
database, and /bin, /lib and such where they are no links into /usr) are overlays of their own over
the host's, each below a mask: a layer whose whiteouts and opaque folders hide what is private and
whose files replace what names the host or its users. One overlay over "/" would be simpler, but
overlayfs refuses other layers that lie below "/" themselves.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import uuid
from pathlib import Path
from typing import NamedTuple

_SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SKELETON = {
    "dev": 0o755,
    "etc": 0o755,
    "home": 0o755,
    "media": 0o755,
    "mnt": 0o755,
    "opt": 0o755,
    "proc": 0o555,
    "root": 0o700,
    "run": 0o755,
    "run/lock": 0o1777,
    "srv": 0o755,
    "sys": 0o555,
    "tmp": 0o1777,
    "usr": 0o755,
    "var": 0o755,
    "var/backups": 0o755,
    "var/cache": 0o755,
    "var/cache/apt/archives/partial": 0o755,
    "var/lib": 0o755,
    "var/lib/apt/lists/partial": 0o755,
    "var/lib/dpkg": 0o755,
    "var/lib/misc": 0o755,
    "var/local": 0o755,
    "var/log": 0o755,
    "var/log/apt": 0o755,
    "var/mail": 0o755,
    "var/opt": 0o755,
    "var/spool": 0o755,
    "var/tmp": 0o1777,
}
_LOCAL = ("bin", "etc", "include", "lib", "sbin", "share", "src")
_OPAQUE_ETC = ("ssh", "cron.d", "profile.d")
_HIDDEN_ETC = (
    "ld.so.preload",
    "gitconfig",
    "pip.conf",
    "npmrc",
    "docker",
    "kubernetes",
    "containerd",
    "apt/auth.conf",
    "apt/auth.conf.d",
    "netrc",
)
_LAST_SYSTEM_ID = 999
_NOBODY = 65534


def host_base(layers: Path) -> dict[str, list[str]]:
    """The lower folders of each part of the root: part (relative to "/") -> topmost first.

    Folders of the mask are relative to `layers`, where it is built unless it is there already.
    """
    plan = _plan()
    name = "mask-" + hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:12]
    if not (layers / name).is_dir():
        draft = layers / f".build-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        _build(draft, plan)
        try:
            draft.rename(layers / name)
        except OSError:  # another thread or process was quicker
            shutil.rmtree(draft, ignore_errors=True)
    base = {".": [f"{name}/root"], "usr": [f"{name}/usr", "/usr"], "etc": [f"{name}/etc", "/etc"]}
    base["var/lib/dpkg"] = ["/var/lib/dpkg"]
    for folder in plan.folders:
        base[folder] = [f"/{folder}"]
    return base


class _Plan(NamedTuple):
    """What the mask will hold; equal plans, equal masks."""

    whiteouts: list[str]
    files: dict[str, str]
    links: dict[str, str]
    folders: list[str]


def _plan() -> _Plan:
    hidden = {*_private_below("/etc"), *(n for n in _HIDDEN_ETC if Path("/etc", n).exists())}
    hidden -= {"shadow", "gshadow"}  # these are replaced
    outer = [
        path for path in hidden if not any(str(above) in hidden for above in Path(path).parents)
    ]
    present = [name for name in _SYSTEM_FOLDERS if Path("/", name).exists()]
    links = {name: os.readlink(f"/{name}") for name in present if Path("/", name).is_symlink()}
    return _Plan(sorted(outer), _files(), links, [name for name in present if name not in links])


def _private_below(folder: str, within: str = "") -> list[str]:
    """Paths below a folder (relative to it) that others may not read."""
    found = []
    for entry in os.scandir(folder):
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            continue
        path = f"{within}{entry.name}"
        if stat.S_ISDIR(mode) and mode & 0o005 == 0o005:
            found += _private_below(entry.path, f"{path}/")
        elif stat.S_ISDIR(mode) or not (stat.S_ISREG(mode) and mode & 0o004):
            found.append(path)
    return found


def _files() -> dict[str, str]:
    """Replacements for files that name the host, its users or their secrets."""
    passwd = _system_lines("/etc/passwd")
    resolver = Path("/etc/resolv.conf")
    return {
        "passwd": "\n".join(passwd) + "\n",
        "group": "\n".join(_system_lines("/etc/group", without_members=True)) + "\n",
        "shadow": "".join(f"{line.split(':')[0]}:*:19000:0:99999:7:::\n" for line in passwd),
        "gshadow": "",
        "subuid": "",
        "subgid": "",
        "hostname": "sandbox\n",
        "hosts": "127.0.0.1 localhost sandbox\n::1 localhost ip6-localhost\n",
        "machine-id": "",
        "environment": "",
        "fstab": "",
        "resolv.conf": resolver.read_text(errors="replace") if resolver.exists() else "",
    }


def _system_lines(path: str, *, without_members: bool = False) -> list[str]:
    """The system's own entries of a passwd or group file, not those of people."""
    lines = []
    for line in Path(path).read_text(errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) < 4 or not fields[2].isdigit():
            continue
        if int(fields[2]) <= _LAST_SYSTEM_ID or int(fields[2]) == _NOBODY:
            lines.append(":".join(fields[:3]) + ":" if without_members else line)
    return lines


def _build(draft: Path, plan: _Plan) -> None:
    for name, mode in _SKELETON.items():
        folder = draft / "root" / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    for name, target in {**plan.links, "var/run": "/run", "var/lock": "/run/lock"}.items():
        (draft / "root" / name).symlink_to(target)
    for name in plan.folders:
        (draft / "root" / name).mkdir()
    for name in ("usr/local", *(f"etc/{name}" for name in _OPAQUE_ETC)):
        (draft / name).mkdir(parents=True)
        os.setxattr(draft / name, "trusted.overlay.opaque", b"y")
    for name in _LOCAL:
        (draft / "usr/local" / name).mkdir()
    for path in plan.whiteouts:
        whiteout = draft / "etc" / path
        whiteout.parent.mkdir(parents=True, exist_ok=True)
        if not whiteout.exists():
            os.mknod(whiteout, stat.S_IFCHR | 0o600, os.makedev(0, 0))
    for path, text in plan.files.items():
        target_file = draft / "etc" / path
        target_file.write_text(text)
        target_file.chmod(0o640 if path.endswith("shadow") else 0o644)
