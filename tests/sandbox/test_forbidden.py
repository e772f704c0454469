"""Where the kernel forbids namespaces, the error names the setting: each is really made so.

The limits are set inside a user namespace of the test's own, whose settings nobody else has.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = """
from terminal_gym.sandbox import get_backend
found = get_backend("namespace").check()
print(found.ok, found.detail, found.remedy, sep="\\n")
"""
# Refuses unshare(2) with EPERM, as the profiles of container engines do.
SECCOMP = """
import ctypes, struct
filters = b"".join(struct.pack("HBBI", *line) for line in (
    (0x20, 0, 0, 0), (0x15, 0, 1, {number}), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)))
program = ctypes.create_string_buffer(filters)
fprog = struct.pack("HxxxxxxP", 4, ctypes.addressof(program))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, fprog) == 0, ctypes.get_errno()
"""
NUMBERS = {"x86_64": 272, "aarch64": 97}


def check(*wrapper, program=CHECK):
    done = subprocess.run(
        [*wrapper, sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    ok, detail, *remedy = done.stdout.splitlines()
    return ok == "True", detail, "".join(remedy)


@pytest.fixture(autouse=True)
def cache(namespace_backend, tmp_path, monkeypatch):
    """A cache of its own, which root of a user namespace may write as well."""
    if os.geteuid() != 0:
        pytest.skip("root makes the settings")
    monkeypatch.setenv("TERMINAL_GYM_CACHE", str(tmp_path))


@pytest.mark.parametrize("kind", ["user", "mnt", "pid", "net"])
def test_a_limit_of_no_namespaces_is_named(kind):
    own = Path(f"/proc/sys/user/max_{kind}_namespaces")
    before = own.read_text()
    setting = f"echo 0 > {own}; exec"
    ok, detail, remedy = check(
        *("unshare", "--user", "--map-root-user", "sh", "-c", f'{setting} "$@"', "sh")
    )
    assert not ok
    assert f"does not allow namespaces here: user.max_{kind}_namespaces is 0" in detail
    assert remedy == f"as root: sysctl user.max_{kind}_namespaces=15000"
    assert own.read_text() == before


def test_root_of_a_user_namespace_is_an_ordinary_user():
    ok, detail, remedy = check("unshare", "--user", "--map-root-user")
    assert not ok and detail == "an ordinary user needs an imported root file system"
    assert remedy.startswith("terminal-gym rootfs import")


@pytest.mark.parametrize("power", ["sys_admin", "net_admin", "sys_ptrace"])
def test_root_without_its_powers_is_told_so(power):
    ok, detail, remedy = check("setpriv", f"--bounding-set=-{power}", f"--inh-caps=-{power}")
    assert not ok and f"lacks CAP_{power.upper()} (" in detail and "--privileged" in remedy


def test_a_cache_on_an_overlay_is_named(tmp_path, monkeypatch):
    layers = tmp_path / "layers"
    for name in ("lower", "upper", "work", "root"):
        (layers / name).mkdir(parents=True)
    monkeypatch.setenv("TERMINAL_GYM_CACHE", str(layers / "root"))
    options = f"lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work"
    mount = f"mount -t overlay overlay -o {options} {layers}/root && exec"
    ok, detail, remedy = check("unshare", "--mount", "sh", "-c", f'{mount} "$@"', "sh")
    assert not ok and f"{layers}/root" in detail and "overlay file system" in detail
    assert "TERMINAL_GYM_CACHE=DIR" in remedy


@pytest.mark.skipif(platform.machine() not in NUMBERS, reason="the system call's number")
def test_a_filter_of_system_calls_is_named():
    install = SECCOMP.replace("{number}", str(NUMBERS[platform.machine()]))
    ok, detail, remedy = check(program=install + CHECK)
    assert not ok and "a seccomp filter of this process may forbid it" in detail
    assert "seccomp=unconfined" in remedy
