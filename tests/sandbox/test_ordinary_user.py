"""The namespace backend for a user who is not root, over an unpacked root file system."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from make_bundle import TASK, write_bundle

ROOT = Path(__file__).parents[2]
NOBODY = 65534
# It may read what root may, as the checkout and Python can be in root's home; nothing else.
AS_NOBODY = [
    "setpriv",
    *(f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *(f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")),
]
PROGRAM = """
import json, sys
from pathlib import Path
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import TerminalGymError
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.namespace.rootfs import import_rootfs
archive, bundle, wanting = map(Path, sys.argv[1:])
before = get_backend("namespace").check()
import_rootfs("debian:bookworm-slim", archive)
found = [before.ok, before.remedy, get_backend("namespace").check().ok]
env = TerminalEnv(bundle, backend="namespace")
for command in ("true", "touch done; id -u; cat /etc/shadow | wc -l; cat /proc/net/dev | wc -l"):
    env.reset()
    output = env.step(command)[0]["output"]
    found.append((output, env.step("exit")[1]))
env.close()
try:
    TerminalEnv(wanting, backend="namespace").reset()
except TerminalGymError as error:
    found.append(error.message)
print(json.dumps(found))
"""


@pytest.fixture
def archive(docker_backend, tmp_path):
    """A Debian, as `docker export` gives it."""
    name = "debian:bookworm-slim"
    made = subprocess.run(["docker", "create", name, "true"], capture_output=True, check=True)
    container = made.stdout.decode().strip()
    try:
        path = tmp_path / "debian.tar"
        subprocess.run(["docker", "export", "-o", path, container], check=True)
    finally:
        subprocess.run(["docker", "rm", container], capture_output=True, check=True)
    path.chmod(0o644)
    return path


@pytest.fixture
def home():
    """In no folder that is closed to others: in its namespace, it may read nothing that is."""
    with tempfile.TemporaryDirectory(prefix="home-of-nobody-") as folder:
        shutil.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which takes root")
def test_an_episode(namespace_backend, archive, home, tmp_path):
    good = write_bundle(tmp_path / "good")
    wanting = write_bundle(tmp_path / "wanting", task=TASK)
    dockerfile = wanting / "environment/Dockerfile"
    dockerfile.write_text(
        "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y sl\n"
    )
    paths = [str(ROOT), str(ROOT / "generator"), str(ROOT / "trainers")]
    done = subprocess.run(
        [*AS_NOBODY, sys.executable, "-c", PROGRAM, archive, good, wanting],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": ":".join(paths)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    ok, remedy, ok_then, idle, solved, refused = json.loads(done.stdout)
    assert (ok, ok_then) == (False, True)
    assert "rootfs import debian:bookworm-slim" in remedy
    assert idle == ["", 0.0]
    assert solved[1] == 1.0, solved
    user, passwords, interfaces = solved[0].split()
    assert (user, interfaces) == ("0", "3"), "root of its own, with a loopback only"
    assert int(passwords) > 0, "of the image, not of the host"
    assert f"{dockerfile}:2: RUN needs packages that debian_bookworm-slim lacks: sl" in refused
