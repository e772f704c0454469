import contextlib
import socket
import threading
from pathlib import Path

import pytest

from terminal_gym.errors import ImageBuildFault
from terminal_gym.sandbox.base import ImageSource


def test_a_sandbox_begins_fresh(start, sh):
    one = start()
    sh(one, "rm -r /app/kept; echo new > /app/new; echo x > /etc/changed; echo y > /usr/bin/tool")
    two = start()
    assert sh(two, "ls /app/kept; ls /app/new /etc/changed /usr/bin/tool 2>/dev/null; true") == (
        "first.txt\nsecond.txt\n"
    )
    assert sh(one, "cat /app/new") == "new\n"


def test_the_host_is_not_written(box, sh, tmp_path):
    sh(box, f"mkdir -p {tmp_path} && echo evil > {tmp_path}/file && echo evil > /etc/evil-file")
    assert list(tmp_path.iterdir()) == []
    assert not Path("/etc/evil-file").exists()


def test_the_hosts_files_are_not_read(box, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for path in (tmp_path / "secret", Path.home() / ".bashrc", Path(__file__)):
        assert box.run(["cat", str(path)]).output.startswith(b"cat: ") or (
            path.parent == Path("/root")  # an image has a .bashrc of its own
        )


def test_no_process_of_another_is_seen_or_signalled(start, sh):
    one, two = start(), start()
    pty = one.open_pty(["sleep", "4712"])
    assert "4712" in sh(one, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "4712" not in sh(two, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    sh(two, "kill -0 -1 2>/dev/null; true")
    two.run(["sh", "-c", "kill -9 -1"])
    assert "4712" in sh(one, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    pty.close()


def test_it_survives_killing_everything_it_can_see(box, sh):
    box.run(["sh", "-c", "kill -9 1; kill -9 -1"])
    assert box.alive()
    assert sh(box, "echo still here") == "still here\n"


def test_its_name_and_processes_are_its_own(start, sh):
    box = start(hostname="elsewhere")
    assert sh(box, "hostname || cat /proc/sys/kernel/hostname") == "elsewhere\n"
    assert socket.gethostname() != "elsewhere"
    assert len(sh(box, "ls -d /proc/[0-9]*").split()) < 12


@pytest.fixture
def listener():
    """A server on the host's loopback; its port, and whether anybody came."""
    came = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    came.set()
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], came
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def knock(port):
    return ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]


def test_there_is_no_network(box, sh, listener):
    port, came = listener
    interfaces = [
        line.split(":")[0].strip() for line in sh(box, "cat /proc/net/dev").splitlines()[2:]
    ]
    assert set(interfaces) - {"sit0", "tunl0", "ip6tnl0", "gre0", "erspan0", "gretap0"} <= {"lo"}
    assert box.run(knock(port)).exit_code != 0
    assert not came.is_set()


def test_a_network_is_there_when_asked_for(start, listener):
    port, came = listener
    assert start(network=True).run(knock(port)).exit_code == 0
    assert came.wait(5)


def test_a_build_sees_the_network_only_if_it_may(backend, listener, tmp_path):
    """What an earlier build fetched serves a later one that may fetch nothing."""
    port, came = listener
    fetch = f"RUN bash -c '{knock(port)[2]}'\n"
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM debian:bookworm-slim\n{fetch}")
    with pytest.raises(ImageBuildFault):
        backend.prepare(ImageSource(context=tmp_path, network=False))
    assert not came.is_set()
    backend.prepare(ImageSource(context=tmp_path))
    assert came.wait(5)
    dockerfile.write_text(f"FROM debian:bookworm-slim\n{fetch}RUN echo fetched > /got\n")
    came.clear()
    backend.prepare(ImageSource(context=tmp_path, network=False))
    assert not came.is_set()


def test_loopback_has_its_names_and_takes_more(box, sh):
    for name in ("localhost", "$(hostname)"):
        assert sh(box, f"getent hosts {name}").split()[0] in ("127.0.0.1", "::1")
    sh(box, "echo 127.0.0.1 broker.test >> /etc/hosts; sed -i s/broker/shop/ /etc/hosts")
    assert sh(box, "getent hosts shop.test").split()[0] == "127.0.0.1"
    said = sh(box, "bash -c 'exec 3<>/dev/tcp/localhost/9' 2>&1 || true")
    assert "refused" in said


def test_loopback_works_inside(box, sh):
    assert sh(box, "cat /proc/net/if_inet6 /proc/net/fib_trie | grep -c 127.0.0.1").strip() != "0"


@pytest.mark.parametrize(
    "line",
    [
        "mount -t tmpfs none /mnt",
        "umount /proc",
        "mknod /tmp/disk b 8 0",
        "mknod /tmp/mem c 1 1",
        "echo x > /proc/sysrq-trigger",
        "echo /tmp/x > /proc/sys/kernel/core_pattern",
        "echo 1 > /proc/sys/vm/drop_caches",
        "hostname other",
        "date -s 2001-01-01",
        "dmesg --clear",
        "unshare -r true",
        "cat /dev/mem",
        "ls /proc/1/root/etc/shadow && chroot /proc/1/root mount -t proc none /mnt",
    ],
)
def test_the_power_of_root_ends_at_its_own_files(box, line):
    assert box.run(["sh", "-c", line]).exit_code != 0


def test_no_setuid_program_gives_anything(box, sh):
    sh(box, "cp /usr/bin/id /tmp/id && chmod u+s /tmp/id")
    assert sh(box, "/tmp/id -u", user="tester") == "1234\n"


def test_users_inside_are_kept_apart(box, sh):
    sh(box, "echo private > /app/private && chmod 600 /app/private")
    assert box.run(["cat", "/app/private"], user="tester").exit_code != 0
    assert sh(box, "touch /home/tester/x && stat -c %U /home/tester/x", user="tester") == "tester\n"


def test_usual_devices_work(box, sh):
    line = "echo x > /dev/null && head -c 3 /dev/zero | wc -c && head -c 9 /dev/urandom | wc -c"
    assert sh(box, line) == "3\n9\n"
    assert sh(box, "cat < /dev/fd/0; ls /dev/pts /dev/shm > /dev/stderr", stdin=b"in")


def test_a_broken_device_is_broken_for_itself_only(start, sh):
    start().run(["sh", "-c", "chmod 000 /dev/null; rm -f /dev/null; echo x > /dev/null"])
    assert Path("/dev/null").stat().st_mode & 0o666 == 0o666
    assert sh(start(), "echo x > /dev/null; test -c /dev/null && echo yes") == "yes\n"
