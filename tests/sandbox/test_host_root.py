"""The host's root file system as a base: its mask, and the packages that it has."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from terminal_gym.errors import ImageBuildFault
from terminal_gym.sandbox.base import ImageSource
from terminal_gym.sandbox.namespace.hostroot import host_base

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the host's root takes root")


@pytest.fixture
def prepare(namespace_backend, tmp_path):
    """Builds without a network."""

    def prepare(packages):
        install = f"apt-get update && apt-get install -y --no-install-recommends {packages}"
        (tmp_path / "Dockerfile").write_text(f"FROM debian:bookworm-slim\nRUN {install}\n")
        return namespace_backend.prepare(ImageSource(context=tmp_path, network=False))

    return prepare


def test_no_step_is_run_for_what_is_there(prepare):
    assert json.loads(prepare("coreutils dpkg").ref)["layers"] == []


@pytest.mark.slow
def test_a_step_is_run_for_what_is_not(prepare):
    with pytest.raises(ImageBuildFault, match="no-such-package"):
        prepare("coreutils no-such-package")


def test_threads_that_make_the_mask_at_once_get_one(tmp_path):
    together = threading.Barrier(8)

    def base():
        together.wait()
        return host_base(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        bases = [future.result() for future in [pool.submit(base) for _ in range(8)]]
    assert bases == [bases[0]] * 8
    mask = bases[0]["."][0].split("/")[0]
    assert [path.name for path in tmp_path.iterdir()] == [mask]
