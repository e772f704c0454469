import time

from terminal_gym.errors import SandboxFault


def test_memory(start, sh):
    box = start(limits={"memory_mb": 64})
    # tail keeps a line that does not end in memory
    assert box.run(["sh", "-c", "head -c 300M /dev/zero | tail -n 1 | wc -c"]).output.strip() != (
        str(300 << 20).encode()
    )
    assert sh(box, "echo alive") == "alive\n"


def test_processes(start, sh):
    box = start(limits={"pids": 24})
    box.run(["sh", "-c", "for i in $(seq 100); do sleep 30 & done"], timeout_s=20)
    try:
        count = int(sh(box, "set -- /proc/[0-9]*; echo $#"))  # a fork would find no room
    except SandboxFault:
        count = 1  # no room for that either
    assert box.alive() and count <= 32


def test_a_fork_bomb_ends_with_its_sandbox(start):
    box = start(limits={"pids": 32})
    box.run(["bash", "-c", "b() { b | b & }; b; sleep 1"], timeout_s=5)
    began = time.monotonic()
    box.close()
    assert time.monotonic() - began < 20


def test_processor(start, sh):
    box = start(limits={"cpus": 0.25})
    spent = sh(box, "timeout 2 sh -c 'while :; do :; done'; times").splitlines()[1].split()[0]
    minutes, seconds = spent.rstrip("s").split("m")
    assert 60 * float(minutes) + float(seconds) < 1.2


def test_disk(start, sh):
    box = start(limits={"storage_mb": 8, "memory_mb": 128})
    done = box.run(["sh", "-c", "head -c 32M /dev/zero > /app/big"])
    assert done.exit_code != 0
    assert int(sh(box, "stat -c %s /app/big")) <= 8 << 20
    assert sh(box, "rm /app/big; echo more > /app/small; cat /app/small") == "more\n"


def test_no_core_files(box, sh):
    assert sh(box, "ulimit -c") == "0\n"
