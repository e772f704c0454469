import os
import resource
import subprocess
import sys

import gymnasium
import pytest

from terminal_gym.bundle import find_bundle, list_bundles, register_bundles
from terminal_gym.errors import BundleError

from .conftest import write_bundle


@pytest.fixture(autouse=True)
def registry():
    before = dict(gymnasium.registry)
    yield
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


def import_in_new_process(specs, code="print(len(terminal_gym.list_bundles()))", *flags):
    return subprocess.run(
        [sys.executable, *flags, "-c", f"import terminal_gym; {code}"],
        env={**os.environ, "TERMINAL_GYM_SPECS": str(specs)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_folders_become_ids(tmp_path):
    write_bundle(tmp_path / "one")
    write_bundle(tmp_path / "two")
    (tmp_path / "no-bundle").mkdir()
    (tmp_path / "README.md").write_text("x")
    assert register_bundles(tmp_path, namespace="Mine") == ["Mine/one-v0", "Mine/two-v0"]
    assert dict(list_bundles(["Mine/t*"])) == {"Mine/two-v0": tmp_path / "two"}


def test_a_bundle_is_found_by_id_name_and_folder(tmp_path):
    write_bundle(tmp_path / "tiny-one")
    register_bundles(tmp_path)
    for reference in ("LiteTerminal/tiny-one-v0", "tiny-one", tmp_path / "tiny-one"):
        assert find_bundle(reference).path == tmp_path / "tiny-one"


def test_an_unknown_name_brings_suggestions(tmp_path):
    write_bundle(tmp_path / "tiny-one")
    register_bundles(tmp_path)
    with pytest.raises(BundleError, match="no bundle 'tiny-oen'") as caught:
        find_bundle("tiny-oen")
    assert "tiny-one" in caught.value.remedy


def test_an_invalid_bundle_fails_when_it_is_made_not_before(tmp_path):
    write_bundle(tmp_path / "broken", task="[environment")
    assert register_bundles(tmp_path, namespace="Mine") == ["Mine/broken-v0"]
    with pytest.raises(BundleError, match=r"broken/task\.toml"):
        gymnasium.make("Mine/broken-v0", backend="namespace")


@pytest.mark.parametrize("name", ["two words", "x-v1", "né"])
def test_a_name_that_cannot_be_an_id_is_refused(tmp_path, name):
    write_bundle(tmp_path / name)
    with pytest.raises(BundleError, match="cannot be part of an id"):
        register_bundles(tmp_path)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BundleError, match="nowhere"):
        register_bundles(tmp_path / "nowhere")


def test_importing_warns_of_what_it_cannot_register_and_goes_on(tmp_path):
    write_bundle(tmp_path / "good")
    write_bundle(tmp_path / "two words")
    done = import_in_new_process(
        f"{tmp_path / 'nowhere'}:{tmp_path}", "print(terminal_gym.list_bundles(['good']))"
    )
    assert "LiteTerminal/good-v0" in done.stdout
    assert "two words" in done.stderr and "nowhere" in done.stderr


def test_importing_with_2000_bundles_takes_less_than_half_a_second(tmp_path):
    for number in range(2000):
        (tmp_path / f"b{number}").mkdir()
        (tmp_path / f"b{number}/task.toml").touch()
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = import_in_new_process(tmp_path, "print(len(terminal_gym.list_bundles(['b*'])))")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # processor time, so that a busy machine makes no difference
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert int(done.stdout) >= 2000
    assert min(times) < 0.5
