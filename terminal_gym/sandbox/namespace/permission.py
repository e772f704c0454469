"""Whether this process may make namespaces, and which setting of the machine forbids it."""

from __future__ import annotations

import contextlib
import os
from functools import cache
from pathlib import Path

_KINDS = ("user", "mnt", "pid", "net", "ipc", "uts")
_ENOUGH = 15000
_OFF = (
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
)
"""Settings of Debian's and Ubuntu's kernels: what forbids, what allows."""
_NEEDED = {
    8: "CAP_SETPCAP",
    12: "CAP_NET_ADMIN",
    18: "CAP_SYS_CHROOT",
    19: "CAP_SYS_PTRACE",
    21: "CAP_SYS_ADMIN",
    27: "CAP_MKNOD",
}
"""What root of a container may lack, by the capability's number."""
_EVERY_USER = ["0", "0", "4294967295"]


@cache
def is_root() -> bool:
    """Whether this is root of the machine; root of a user namespace can do what any user can."""
    try:
        users = Path("/proc/self/uid_map").read_text().split()
    except OSError:  # a kernel without user namespaces
        users = _EVERY_USER
    return os.geteuid() == 0 and users == _EVERY_USER


def what_forbids() -> tuple[str, str] | None:
    """The cause in a few words and the remedy; None where no setting does."""
    kinds = _KINDS[1:] if is_root() else _KINDS
    for kind in kinds:
        if _setting(f"user.max_{kind}_namespaces") == "0":
            name = f"user.max_{kind}_namespaces"
            return f"{name} is 0", f"as root: sysctl {name}={_ENOUGH}"
    for name, forbids, allows in _OFF:
        if not is_root() and _setting(name) == forbids:
            return f"{name} is {forbids}", f"as root: sysctl {name}={allows}"
    status = _status()
    held = int(status.get("CapEff", "f" * 16), 16)
    lacking = [name for number, name in _NEEDED.items() if not held >> number & 1]
    if is_root() and lacking:
        return (
            f"this process of root's lacks {', '.join(lacking)}",
            "start its container with --privileged, or use the docker backend",
        )
    if status.get("Seccomp") == "2":
        return (
            "a seccomp filter of this process may forbid it",
            "start its container with --security-opt seccomp=unconfined, or use the docker backend",
        )
    return None


def is_on_overlay(folder: Path) -> bool:
    """Whether a folder is on an overlay file system, which can be no upper layer of another."""
    device = folder.stat().st_dev
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            place, _, kind = line.partition(" - ")
            if place.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                return kind.split()[0] == "overlay"
    return False


def _setting(name: str) -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys", *name.split(".")).read_text().strip()
    return ""


def _status() -> dict[str, str]:
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return {}
