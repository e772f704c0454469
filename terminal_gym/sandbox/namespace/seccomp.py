"""A system call filter for programs of a sandbox (seccomp, classic BPF).

Capabilities already forbid most of these; the filter keeps a program from gaining fresh ones in a
user namespace of its own, and from kernel parts that no task needs. Refused calls give EPERM;
clone3, whose flags a filter cannot read, gives ENOSYS, so that the C library falls back to clone.

Imported by the launcher: standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import cache

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_GE, _JUMP_IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENT_AT = 0, 4, 16  # in struct seccomp_data, low halves
_NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_X32_BIT = 0x40000000
_CLONE3 = 435

_libc = ctypes.CDLL(None, use_errno=True)

_MACHINES = {
    "x86_64": {
        "audit": 0xC000003E,
        "clone": 56,
        "unshare": 272,
        # pivot_root, mount, umount2, swapon, swapoff, reboot, init_module, delete_module, acct,
        # settimeofday, kexec_load, add_key, request_key, keyctl, setns, perf_event_open,
        # open_by_handle_at, finit_module, kexec_file_load, bpf, userfaultfd, iopl, ioperm
        "refused": (
            *(155, 165, 166, 167, 168, 169, 175, 176, 163, 164, 246, 248, 249, 250, 308),
            *(298, 304, 313, 320, 321, 323, 172, 173),
        ),
    },
    "aarch64": {
        "audit": 0xC00000B7,
        "clone": 220,
        "unshare": 97,
        "refused": (
            *(41, 40, 39, 224, 225, 142, 105, 106, 89, 170, 104, 217, 218, 219, 268),
            *(241, 265, 273, 294, 280, 282),
        ),
    },
}
# open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, io_uring (3), mount_setattr
_REFUSED_EVERYWHERE = [428, 429, 430, 431, 432, 433, 425, 426, 427, 442]


def restrict_calls() -> None:
    """Hold this process and all it starts to the filter; it needs no_new_privs first.

    Raises:
        OSError: The kernel has no seccomp filters.
    """
    program = compile_filter()
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    mode = ctypes.c_ulong(_SECCOMP_MODE_FILTER)
    if _libc.prctl(_PR_SET_SECCOMP, mode, ctypes.c_char_p(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp: the kernel refuses the filter")


@cache
def compile_filter() -> bytes:
    """The filter's instructions for this machine; forks of a process that has them inherit them.

    Raises:
        OSError: No system call numbers are known here for the machine.
    """
    machine = os.uname().machine
    if machine not in _MACHINES:
        raise OSError(errno.ENOTSUP, f"no system call filter is known for {machine}")
    known = _MACHINES[machine]
    code = [
        _step(_LOAD, value=_ARCHITECTURE_AT),
        _step(_JUMP_IF_EQUAL, value=int(str(known["audit"])), yes=1),
        _step(_RETURN, value=_KILL),  # another calling convention would evade the numbers below
        _step(_LOAD, value=_NUMBER_AT),
        _step(_JUMP_IF_GE, value=_X32_BIT, no=1),
        _step(_RETURN, value=_ERRNO | errno.ENOSYS),
        _step(_JUMP_IF_EQUAL, value=_CLONE3, no=1),
        _step(_RETURN, value=_ERRNO | errno.ENOSYS),
    ]
    refused = known["refused"]
    assert isinstance(refused, tuple)
    for number in [*refused, *_REFUSED_EVERYWHERE]:
        code += [_step(_JUMP_IF_EQUAL, value=number, no=1), _refusal()]
    for name in ("clone", "unshare"):
        code += [
            _step(_JUMP_IF_EQUAL, value=int(str(known[name])), no=4),
            _step(_LOAD, value=_ARGUMENT_AT),
            _step(_JUMP_IF_ANY_BIT, value=_NEW_NAMESPACES, no=1),
            _refusal(),
            _step(_RETURN, value=_ALLOW),
        ]
    return b"".join([*code, _step(_RETURN, value=_ALLOW)])


def _refusal() -> bytes:
    return _step(_RETURN, value=_ERRNO | errno.EPERM)


def _step(code: int, *, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
