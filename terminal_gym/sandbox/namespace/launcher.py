"""The launcher: a small process that makes sandboxes and starts programs in them.

It is a program of its own (`python -I -S launcher.py FD`) because only a single-threaded process
can fork safely and enter namespaces, and because forking a small process is cheap. The owner sends
one packet per request over the socket FD: JSON, with descriptors beside it, the first of which is
a socket for the reply. Each request is served by a fork, so no request waits for another. The
launcher ends when the owner's end of the socket closes; a sandbox ends when its `life` socket does.

Standard library only; it also runs for interpreters without this package installed.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import termios
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from terminal_gym.sandbox.namespace import seccomp, trees
    from terminal_gym.sandbox.namespace import syscalls as sc
else:
    # Run as a script, isolated: its siblings are found beside it, the package is not imported.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import seccomp
    import syscalls as sc
    import trees

Request = dict[str, Any]

# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service,
# sys_chroot, setfcap: what root in a container needs. Left out of Docker's default set:
# mknod, net_raw, audit_write.
KEPT_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31})
_DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
_READ_ONLY_PROC = ("sys", "sysrq-trigger", "irq", "bus", "fs")
_MASKED_PROC = ("kcore", "keys", "timer_list", "latency_stats", "sched_debug", "kmsg")
_MASKED_PROC_FOLDERS = ("acpi", "scsi", "driver")
_NAMESPACES = sc.CLONE_NEWNS | sc.CLONE_NEWPID | sc.CLONE_NEWIPC | sc.CLONE_NEWUTS
_MAX_PACKET = 1 << 20
_MAX_TERMINALS = 64
_MIN_INODES, _INODES_PER_MB = 50_000, 175


def main(control: socket.socket) -> None:
    """Serve requests until the owner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the owner's to handle
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps our forks
    # Programs whose starter has ended become our children, so that the kernel reaps them, too: an
    # unreaped one would keep its sandbox's first process from dying.
    sc.prctl(sc.PR_SET_CHILD_SUBREAPER, 1)
    with contextlib.suppress(OSError):  # once here, not in each fork; whoever needs it hears more
        seccomp.compile_filter()
    operations = {"start": start, "spawn": spawn, "copy": copy, "check": check}
    while True:
        try:
            packet, ancillary, _, _ = control.recvmsg(_MAX_PACKET, socket.CMSG_SPACE(16 * 4))
        except InterruptedError:
            continue
        if not packet:
            return
        descriptors = _received(ancillary)
        request = json.loads(packet)
        pid = _fork()
        if pid == 0:
            control.close()
            _serve(operations[request["op"]], request, descriptors)
        for fd in descriptors:
            os.close(fd)
        if pid < 0:
            continue  # the reply socket closed without an answer: the owner sees a fault


def _fork() -> int:
    try:
        return os.fork()
    except OSError:
        return -1


def _received(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return list(fds)


def _serve(operation: Callable[..., None], request: Request, fds: list[int]) -> None:
    """In the fork: do one request, answer on its reply socket, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reply = socket.socket(fileno=fds[0])
    try:
        operation(request, reply, fds[1:])
    except BaseException as error:  # the owner must hear of anything, and this fork must end
        code = error.errno if isinstance(error, OSError) else None
        with contextlib.suppress(OSError):
            _answer(reply, {"error": str(error), "errno": code, "type": type(error).__name__})
    os._exit(0)


def _answer(reply: socket.socket, value: Request, fds: tuple[int, ...] = ()) -> None:
    socket.send_fds(reply, [json.dumps(value).encode()], list(fds))


# --- start: a new sandbox ------------------------------------------------------------------------


def start(request: Request, reply: socket.socket, fds: list[int]) -> None:
    """Make the namespaces and the file system; leave pid 1 behind, waiting on the life socket.

    Answers with pid 1's pidfd, a descriptor of the new root, and one of the mount namespace,
    without which everything mounted below the root would be gone with the last process.
    """
    life = fds[0]
    if request["user_namespace"]:
        _enter_user_namespace()
    network = 0 if request["network"] else sc.CLONE_NEWNET
    sc.unshare(_NAMESPACES | network)
    if network:
        sc.loopback_up()
    socket.sethostname(request["hostname"])
    mounts = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    root = _make_root(request)
    ready_in, ready_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_init(root, life, ready_out, request["user_namespace"])
    os.close(ready_out)
    problem = os.read(ready_in, 4096)
    if problem != b"ready":
        raise OSError(problem.decode() or "the sandbox's first process died")
    pidfd = os.pidfd_open(pid)
    # pid 1 shares our mount namespace, so its pivot_root moved our root, too.
    root_fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    _answer(reply, {"pid": pid}, (pidfd, root_fd, mounts))


def _enter_user_namespace() -> None:
    """Become root of a user namespace that holds only the caller's own user and group."""
    uid, gid = os.getuid(), os.getgid()
    sc.unshare(sc.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _make_root(request: Request) -> str:
    """Mount the overlay, /dev and /tmp; gives the new root's path in this mount namespace."""
    sc.mount("", "/", "", sc.MS_REC | sc.MS_PRIVATE)
    base = request["mountpoint"]
    scratch = request["scratch"]
    if not scratch:
        inodes = _MIN_INODES + _INODES_PER_MB * request["storage_mb"]
        size = f"size={request['storage_mb']}m,mode=0755,nr_inodes={inodes}"
        sc.mount("tmpfs", base, "tmpfs", sc.MS_NOSUID | sc.MS_NODEV, size)
        scratch = base
    root = f"{scratch}/root"
    os.makedirs(root, exist_ok=True)
    os.chdir(request["layers_folder"])  # short relative names: mount data is limited to a page
    for at, name, lowers in request["mounts"]:
        _mount_overlay(f"{root}/{at}", name, lowers, scratch, request["user_namespace"])
    os.chdir("/")
    _make_dev(f"{root}/dev", request["user_namespace"])
    return root


def _mount_overlay(
    target: str, name: str, lowers: list[str], scratch: str, user_namespace: bool
) -> None:
    upper, work = f"{scratch}/upper/{name}", f"{scratch}/work/{name}"
    os.makedirs(upper)
    os.makedirs(work)
    options = [f"lowerdir={':'.join(lowers)}", f"upperdir={upper}", f"workdir={work}"]
    options += ["userxattr"] if user_namespace else ["xino=off"]
    sc.mount("overlay", target, "overlay", sc.MS_NOSUID | sc.MS_NODEV, ",".join(options))


def _make_dev(dev: str, user_namespace: bool) -> None:
    """A /dev with nothing in it that reaches the host."""
    os.makedirs(dev, exist_ok=True)
    sc.mount("tmpfs", dev, "tmpfs", sc.MS_NOSUID | sc.MS_NOEXEC, "size=64k,mode=0755")
    for name, (major, minor) in _DEVICES.items():
        if user_namespace:  # which may make no device, but cannot change the host's either
            os.close(os.open(f"{dev}/{name}", os.O_CREAT, 0o666))
            sc.mount(f"/dev/{name}", f"{dev}/{name}", "", sc.MS_BIND)
        else:  # nodes of its own: a chmod in the sandbox must not reach the host's
            os.mknod(f"{dev}/{name}", stat.S_IFCHR | 0o666, os.makedev(major, minor))
            os.chmod(f"{dev}/{name}", 0o666)
    for folder in ("pts", "shm"):
        os.mkdir(f"{dev}/{folder}")
    # Terminals are scarce (4,096 on the whole host by default): one sandbox must not take them all.
    options = f"newinstance,ptmxmode=0666,mode=0620,max={_MAX_TERMINALS}"
    sc.mount("devpts", f"{dev}/pts", "devpts", sc.MS_NOSUID | sc.MS_NOEXEC, options)
    flags = sc.MS_NOSUID | sc.MS_NODEV
    sc.mount("tmpfs", f"{dev}/shm", "tmpfs", flags, "size=64m,mode=1777")
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0"}
    links |= {"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
    for name, target in links.items():
        os.symlink(target, f"{dev}/{name}")


def _become_init(root: str, life: int, ready: int, user_namespace: bool) -> None:
    """pid 1 of the sandbox: finish the mounts, then hold the namespaces until `life` closes."""
    try:
        _close_all_but(life, ready)
        os.makedirs(f"{root}/proc", exist_ok=True)
        flags = sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC
        sc.mount("proc", f"{root}/proc", "proc", flags)
        _confine_proc(f"{root}/proc", f"{root}/dev/null")
        sc.enter_root(root)
        os.umask(0o022)
        os.setsid()
        sc.drop_capabilities(frozenset())
        sc.prctl(sc.PR_SET_NO_NEW_PRIVS, 1)
        if not user_namespace:  # there it would keep out the owner as well
            sc.prctl(sc.PR_SET_DUMPABLE, 0)
        sc.set_process_name("init")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans are reaped by the kernel
        os.write(ready, b"ready")
        os.close(ready)
    except BaseException as error:
        os.write(ready, str(error).encode()[:4000])
        os._exit(1)
    waiting = select.poll()
    waiting.register(life, select.POLLIN | select.POLLHUP)
    while True:
        with contextlib.suppress(InterruptedError):
            waiting.poll()
            os._exit(0)


def _close_all_but(*keep: int) -> None:
    for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        if fd not in keep:
            with contextlib.suppress(OSError):
                os.close(fd)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        if fd not in keep:
            os.dup2(null, fd)


def _confine_proc(proc: str, null: str) -> None:
    """What a container engine hides of /proc: kernel settings and kernel secrets."""
    for name in _READ_ONLY_PROC:
        path = f"{proc}/{name}"
        if os.path.exists(path):
            sc.mount(path, path, "", sc.MS_BIND | sc.MS_REC)
            flags = sc.MS_BIND | sc.MS_REMOUNT | sc.MS_RDONLY
            sc.mount("", path, "", flags | sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC)
    for name in _MASKED_PROC:
        if os.path.exists(f"{proc}/{name}"):
            sc.mount(null, f"{proc}/{name}", "", sc.MS_BIND)
    for name in _MASKED_PROC_FOLDERS:
        if os.path.exists(f"{proc}/{name}"):
            sc.mount("tmpfs", f"{proc}/{name}", "tmpfs", sc.MS_RDONLY, "size=0")


# --- spawn: a program in a sandbox ---------------------------------------------------------------


def spawn(request: Request, reply: socket.socket, fds: list[int]) -> None:
    """Start a program. Answers with its host pid (and the PTY's master), later its wait status.

    Descriptors: pid 1's pidfd, then ways into control groups, then stdin and stdout unless
    on a PTY.
    """
    pidfd, rest = fds[0], fds[1:]
    groups, streams = rest[: request["cgroups"]], rest[request["cgroups"] :]
    _enter(pidfd, request["user_namespace"], request["network"])
    master = -1
    if request["pty"]:
        master, slave = sc.open_pty_pair()
        size = struct.pack("HHHH", request["rows"], request["cols"], 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        streams = [slave, slave]
    started_in, started_out = os.pipe()
    pid, to_join = _fork_into(groups)
    if pid == 0:
        _become_program(request, to_join, streams, master, started_out)
    for fd in {*streams, started_out}:
        os.close(fd)
    # Before that the terminal has no session yet, and looks as it does when the shell has ended.
    os.read(started_in, 1)
    _answer(reply, {"pid": pid}, (master,) if request["pty"] else ())
    if request["pty"]:
        # Nobody asks for a shell's status; its new parent, the launcher, ignores SIGCHLD.
        return
    _, status = os.waitpid(pid, 0)
    _answer(reply, {"status": os.waitstatus_to_exitcode(status)})


def _enter(pidfd: int, user_namespace: bool, network: bool) -> None:
    """With the host's network we are in it already; an ordinary user may not enter it again."""
    flags = _NAMESPACES | (0 if network else sc.CLONE_NEWNET)
    sc.setns(pidfd, flags | (sc.CLONE_NEWUSER if user_namespace else 0))


def _fork_into(groups: list[int]) -> tuple[int, list[int]]:
    """Fork; gives the process id, and files by which the child joins groups by writing "0".

    Args:
        groups: The files of version 1's groups, or the folder of one of version 2.
    """
    if not (len(groups) == 1 and stat.S_ISDIR(os.fstat(groups[0]).st_mode)):
        return os.fork(), groups
    try:
        return sc.fork_into(groups[0]), []
    except OSError:  # a full group still takes in who was born elsewhere
        procs = os.open("cgroup.procs", os.O_WRONLY, dir_fd=groups[0])
        return os.fork(), [procs]


def _become_program(
    request: Request, groups: list[int], streams: list[int], master: int, started: int
) -> None:
    """In the sandbox's pid namespace: limits, identity, environment, exec.

    Closes `started` when it has its session and terminal.
    """
    try:
        for fd in groups:
            os.write(fd, b"0")
        os.setsid()
        if master >= 0:
            fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
        os.close(started)
        os.dup2(streams[0], 0)
        os.dup2(streams[1], 1)
        os.dup2(streams[1], 2)
        os.closerange(3, 1024)
        for name, value in request["rlimits"].items():
            resource.setrlimit(getattr(resource, name), (value, value))
        # What Python, or a shell that started us in its background, ignores.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o022)
        home, name = _become_user(request["user"], request["user_namespace"])
        sc.prctl(sc.PR_SET_NO_NEW_PRIVS, 1)
        identity = {"HOME": home, "USER": name, "LOGNAME": name}
        environment = {"PATH": request["path"], **identity, **request["env"]}
        seccomp.restrict_calls()
        _enter_folder(request["cwd"])
        _execute(request["argv"], environment)
    except FileNotFoundError as error:
        os.write(2, f"{error.filename or request['argv'][0]}: not found\n".encode())
        os._exit(127)
    except BaseException as error:
        os.write(2, f"cannot start {request['argv'][0]}: {error}\n".encode())
        os._exit(126)


def _enter_folder(folder: str) -> None:
    """Go to `folder`; a task may have removed its own working folder, which is no fault."""
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/")


def _execute(argv: list[str], environment: dict[str, str]) -> None:
    program = argv[0]
    if "/" in program:
        os.execve(program, argv, environment)
    for folder in environment["PATH"].split(":"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.execve(f"{folder}/{program}", argv, environment)
    raise FileNotFoundError(2, "not found", program)


def _become_user(user: str, user_namespace: bool) -> tuple[str, str]:
    """Take on `user` (name, uid or uid:gid of the sandbox); gives its home and name."""
    sc.drop_capabilities(KEPT_CAPABILITIES)
    wanted, _, group = user.partition(":")
    name, uid, gid, home = _lookup(wanted)
    if group:
        gid = int(group)
    if not user_namespace:
        os.setgroups([gid])
    if (uid, gid) != (0, 0):
        os.setgid(gid)
        os.setuid(uid)
    return home, name


def _lookup(wanted: str) -> tuple[str, int, int, str]:
    for line in _small_file("/etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) >= 7 and wanted in (fields[0], fields[2]):
            return fields[0], int(fields[2]), int(fields[3]), fields[5]
    if wanted in ("root", "0"):
        return "root", 0, 0, "/root"
    if wanted.isdigit():
        return wanted, int(wanted), int(wanted), "/"
    raise OSError(f"no user {wanted!r} in the sandbox")


def _small_file(path: str) -> str:
    """A file of the sandbox, which may be anything by now: never block, never read much."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return ""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return ""
    return os.read(fd, 1 << 16).decode(errors="replace")


# --- files ---------------------------------------------------------------------------------------


def copy(request: Request, reply: socket.socket, fds: list[int]) -> None:
    """Copy trees from one root to another; see `trees.copy_path`. Descriptors: from, to."""
    if request["user_namespace"]:
        sc.setns(fds[2], sc.CLONE_NEWUSER)
    os.umask(0)
    report = trees.Report(request["max_bytes"], dest_root=fds[1])
    for source, dest in request["paths"]:
        trees.copy_path(fds[0], source, fds[1], dest, request, report)
    _answer(reply, {"missing": report.missing, "dropped": report.dropped})


def check(request: Request, reply: socket.socket, fds: list[int]) -> None:
    """Answer: the launcher lives."""
    _answer(reply, {"pid": os.getpid()})


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
