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


@pytest.mark.parametrize("name", ["two words", "né"])
def test_a_name_that_cannot_be_an_id_keeps_no_other_from_registering(tmp_path, name):
    write_bundle(tmp_path / name)
    write_bundle(tmp_path / "zoo")
    with pytest.warns(UserWarning, match=f"{name}: the folder's name cannot be part of an id"):
        assert register_bundles(tmp_path, namespace="Mine") == ["Mine/zoo-v0"]


@pytest.mark.parametrize("name", ["Fix.The_Build-2.0", "hello-v2", "UPPER", "0"])
def test_names_as_public_datasets_have_them_can_be_made(tmp_path, name):
    write_bundle(tmp_path / name)
    (made,) = register_bundles(tmp_path, namespace="Mine")
    assert made == f"Mine/{name}-v0"
    env = gymnasium.make(made, backend="namespace")
    assert env.unwrapped.bundle.name == name
    env.close()


def test_folders_of_folders_register_too(tmp_path):
    for path in ("org/one", "org/two", "other/deep/three", "four"):
        write_bundle(tmp_path / path)
    (tmp_path / "four/steps/extra").mkdir(parents=True)
    (tmp_path / "four/steps/extra/task.toml").touch()  # inside a bundle: no bundle of its own
    ids = register_bundles(tmp_path, namespace="Mine")
    assert ids == [f"Mine/{name}-v0" for name in ("four", "one", "three", "two")]


def test_a_bundle_registers_by_itself(tmp_path):
    assert register_bundles(write_bundle(tmp_path / "one"), namespace="Mine") == ["Mine/one-v0"]


def test_bundles_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for org in ("first", "second"):
        write_bundle(tmp_path / org / "same")
    ids = register_bundles(tmp_path)
    assert ids == ["LiteTerminal/first.same-v0", "LiteTerminal/second.same-v0"]
    assert find_bundle(ids[1]).path == tmp_path / "second/same"
    with pytest.raises(BundleError, match="names several bundles") as caught:
        find_bundle("same")
    assert ids[0] in caught.value.remedy


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


@pytest.mark.alone
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
