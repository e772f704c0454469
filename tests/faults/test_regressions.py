"""What the cheats and faults once broke, each by itself."""

import contextlib
from pathlib import Path

import pytest
from make_bundle import TASK, write_bundle

from terminal_gym.env import TerminalEnv
from terminal_gym.sandbox.base import SandboxSpec

LOOKS_INTO_ETC = """\
#!/bin/bash
[ "$(cat /etc/made/by-agent)" = here ] && [ ! -e /etc/skel/.profile ]
echo $((! $?)) > /logs/verifier/reward.txt
"""


@contextlib.contextmanager
def episode(bundle, backend):
    env = TerminalEnv(bundle, backend=backend.name)
    try:
        env.reset()
        yield env
    finally:
        env.close()


def test_state_outside_of_the_workdir_is_graded(backend, tmp_path):
    """On the namespace backend /etc is a mount of its own, which once died with the sandbox."""
    task = TASK.replace('["/app"]', '["/app", "/etc/made", "/etc/skel"]')
    with episode(
        write_bundle(tmp_path / "etc", task=task, verifier=LOOKS_INTO_ETC), backend
    ) as env:
        env.step("mkdir /etc/made; echo here > /etc/made/by-agent; rm /etc/skel/.profile")
        _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (1.0, None)


def test_a_full_disk_is_graded(backend, tmp_path):
    task = TASK + "storage_mb = 64\n"
    with episode(write_bundle(tmp_path / "full", task=task), backend) as env:
        env.step("touch done; head -c 60M /dev/zero > /app/fill; cat /dev/zero > /app/rest")
        _, reward, *_, info = env.step("exit")
    assert info["fault"] is None
    assert reward == 1.0


def test_a_state_that_is_too_large_earns_nothing(namespace_backend, tmp_path):
    """What cannot be carried over is the agent's doing, and no fault."""
    bundle = write_bundle(tmp_path / "large", task=TASK + "storage_mb = 64\n")
    with episode(bundle, namespace_backend) as env:
        env.step("touch done")
        env._sandbox.spec = SandboxSpec(
            limits=env._sandbox.spec.limits.model_copy(update={"storage_mb": 1})
        )
        env.step("head -c 8M /dev/urandom > /app/data")
        _, reward, *_, info = env.step("exit")
    assert info["fault"] is None
    assert reward == 0.0
    assert "larger than the limit" in info["verdict"].dropped[0]


def test_many_hard_links_stay_links(backend, tmp_path):
    """As copies they would not fit: an agent could void its episode by them."""
    verifier = (
        "#!/bin/bash\ncd /app/links; ls | wc -l; stat -c %h 0/xabc 20/xabc; du -sm .\n"
        "[ $(stat -c %h 20/xabc) = 21 ] && echo 1 > /logs/verifier/reward.txt\n"
    )
    bundle = write_bundle(tmp_path / "links", task=TASK + "storage_mb = 64\n", verifier=verifier)
    split = "head -c 20M /dev/zero | split -b 64K -a 3 - 0/x"
    with episode(bundle, backend) as env:
        env.step(f"mkdir -p links/0; cd links; {split}; for j in {{1..20}}; do cp -al 0 $j; done")
        _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (1.0, None), info["verdict"]


@pytest.mark.parametrize("made", ["fifo", "file", "link", "nothing"])
def test_a_verifier_starts_wherever_the_workdir_leads(backend, tmp_path, made):
    command = {
        "fifo": "mkfifo /app",
        "file": "echo > /app",
        "link": "ln -s /logs/verifier/reward.txt /app",
        "nothing": "true",
    }
    with episode(write_bundle(tmp_path / "gone"), backend) as env:
        env.step(f"cd /; rm -rf /app; {command[made]}")
        _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (0.0, None)


def test_closing_a_terminal_twice_spares_the_next(backend, tmp_path):
    """The second close once reached whatever had the first one's descriptor by then."""
    with episode(write_bundle(tmp_path / "b"), backend) as env:
        box = env._sandbox
        first = box.open_pty(["sleep", "1000"])
        number = first.spawn.fileno()
        first.close()
        others = [box.open_pty(["bash", "--norc"]) for _ in range(3)]
        assert number in [other.spawn.fileno() for other in others] or backend.name == "docker"
        first.close()
        first.kill_foreground()
        for other in others:
            other.spawn.send(b"echo $((6 * 7))\n")
            other.spawn.expect(rb"42\r?\n", timeout=10)
            other.close()
        assert env.step("echo here")[0]["output"] == "here\n"


def test_one_sandbox_cannot_take_all_terminals(namespace_backend, tmp_path):
    with episode(write_bundle(tmp_path / "b"), namespace_backend) as env:
        count = "exec 2>/dev/null; n=0; while exec {fd}<>/dev/ptmx; do n=$((n+1)); done; echo $n"
        observation, *_ = env.step(f"bash -c '{count}'")
        taken = int(observation["output"].split()[-1])
    assert 0 < taken < int(Path("/proc/sys/kernel/pty/max").read_text()) / 32


def test_nothing_is_left_of_a_scratch_folder_however_deep(namespace_backend, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TERMINAL_GYM_SCRATCH", str(scratch))
    deep = 'import os\nfor _ in range(3000):\n os.mkdir("d")\n os.chdir("d")\n'
    with episode(write_bundle(tmp_path / "b"), namespace_backend) as env:
        env.step(f"touch done; python3 -c '{deep}'")
        assert list(scratch.iterdir())
        _, reward, *_, info = env.step("exit")
    assert (reward, info["fault"]) == (1.0, None)
    assert list(scratch.iterdir()) == []
