"""The Linux calls that Python's standard library lacks, by ctypes.

Imported by the launcher, which runs without site-packages: standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import signal
import socket
import struct

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_CLONE_INTO_CGROUP = 0x200000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_CAPBSET_DROP, PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_NO_NEW_PRIVS = 24, 4, 15, 38
PR_SET_CHILD_SUBREAPER = 36
RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT = 0x04, 0x02, 0x10
TIOCGPTPEER, TIOCSPTLCK = 0x5441, 0x40045431

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine(), -1)
_CLONE3, _OPENAT2 = 435, 437  # one number on every architecture
_libc = ctypes.CDLL(None, use_errno=True)
_libc_under_lock = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock


def _call(name: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def unshare(flags: int) -> None:
    """unshare(2)."""
    _call("unshare", _libc.unshare(ctypes.c_int(flags)))


def setns(fd: int, flags: int) -> None:
    """setns(2); `fd` may be a pidfd."""
    _call("setns", _libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)))


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """mount(2)."""
    arguments = [value.encode() if value else None for value in (source, target, kind)]
    result = _libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None)
    _call(f"mount {kind or 'bind'} on {target}", result)


def detach(target: str) -> None:
    """umount2(2) with MNT_DETACH."""
    _call(f"umount {target}", _libc.umount2(target.encode(), MNT_DETACH))


def enter_root(new_root: str) -> None:
    """pivot_root(2) into `new_root` and let go of the old one."""
    os.chdir(new_root)
    _call("pivot_root", _libc.syscall(ctypes.c_long(_PIVOT_ROOT), b".", b"."))
    detach(".")
    os.chdir("/")


def fork_into(group: int) -> int:
    """As os.fork, by clone3(2): the child begins in a control group of version 2.

    Args:
        group: A descriptor of the group's folder.

    Raises:
        OSError: The group may hold no more processes, or the kernel is older than 5.7.
    """
    arguments = (ctypes.c_uint64 * 11)()  # struct clone_args
    arguments[0], arguments[4], arguments[10] = _CLONE_INTO_CGROUP, signal.SIGCHLD, group
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = _libc_under_lock.syscall(
        ctypes.c_long(_CLONE3), arguments, ctypes.c_size_t(ctypes.sizeof(arguments))
    )
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    code = ctypes.get_errno()
    python.PyOS_AfterFork_Parent()
    ctypes.set_errno(code)
    return _call("clone3", pid)


def prctl(option: int, value: int = 0) -> int:
    """prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    return _call("prctl", _libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def set_process_name(name: str) -> None:
    """What ps shows (at most 15 bytes)."""
    _libc.prctl(PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def open_in_root(root_fd: int, path: str, flags: int, resolve: int = 0) -> int:
    """openat2(2) that treats `root_fd` as "/" (absolute symlinks stay inside)."""
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, resolve | RESOLVE_IN_ROOT)
    relative = os.fsencode(path.lstrip("/") or ".")  # an agent's name need not be text
    arguments = (ctypes.c_long(_OPENAT2), ctypes.c_int(root_fd), relative, how)
    return _call(path, _libc.syscall(*arguments, ctypes.c_size_t(len(how))))


def drop_capabilities(keep: frozenset[int]) -> None:
    """Take all capabilities but `keep` out of the bounding set, for good."""
    drop = _libc.prctl  # not `prctl`: this is done some forty times for each program
    for capability in range(64):
        if capability in keep or drop(PR_CAPBSET_DROP, ctypes.c_ulong(capability)) == 0:
            continue
        if ctypes.get_errno() != errno.EINVAL:
            _call("dropping a capability", -1)
        return  # past the kernel's last capability


def loopback_up() -> None:
    """Bring `lo` up in the present network namespace (SIOCSIFFLAGS, netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))


def open_pty_pair() -> tuple[int, int]:
    """A PTY of the present mount namespace's own devpts: master and slave descriptors."""
    master = os.open("/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(master, TIOCSPTLCK, struct.pack("i", 0))
    slave = fcntl.ioctl(master, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
    return master, slave
