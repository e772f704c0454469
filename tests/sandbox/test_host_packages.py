"""What the host has installed is not installed again over its root file system."""

import json

import pytest

from terminal_gym.errors import ImageBuildFault
from terminal_gym.sandbox.base import ImageSource


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


def test_a_step_is_run_for_what_is_not(prepare):
    with pytest.raises(ImageBuildFault, match="no-such-package"):
        prepare("coreutils no-such-package")
