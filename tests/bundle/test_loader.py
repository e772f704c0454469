import os
import shutil
import subprocess

import pytest

from terminal_gym.bundle import load_bundle
from terminal_gym.errors import BundleError


def test_a_bundle_says_what_it_holds(bundle):
    loaded = load_bundle(bundle)
    assert (loaded.name, loaded.path, loaded.instruction) == ("tiny", bundle, "Do it.\n")
    assert (loaded.domain, loaded.difficulty, loaded.horizon) == ("tests", 2, 9)
    assert loaded.state == ["/app"]
    assert loaded.image_source.context == bundle / "environment"
    assert loaded.solution_script == bundle / "solution/solve.sh"
    assert loaded.sandbox_spec.network is False


def test_a_bundle_without_reference_solution_loads(bundle):
    shutil.rmtree(bundle / "solution")
    assert load_bundle(bundle).solution_script is None


def test_a_ready_image_stands_for_a_dockerfile(bundle):
    shutil.rmtree(bundle / "environment")
    with (bundle / "task.toml").open("a") as file:
        file.write('docker_image = "debian:bookworm-slim"\n')
    source = load_bundle(bundle).image_source
    assert (source.context, source.image) == (None, "debian:bookworm-slim")


@pytest.mark.parametrize("name", ["task.toml", "instruction.md", "tests/test.sh"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: missing") as caught:
        load_bundle(bundle)
    assert caught.value.remedy


def test_a_bundle_without_image_is_refused(bundle):
    (bundle / "environment/Dockerfile").unlink()
    with pytest.raises(BundleError, match="Dockerfile: missing"):
        load_bundle(bundle)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BundleError, match="nowhere: no such folder"):
        load_bundle(tmp_path / "nowhere")


def test_an_empty_instruction_is_refused(bundle):
    (bundle / "instruction.md").write_text(" \n")
    with pytest.raises(BundleError, match=r"instruction\.md: empty"):
        load_bundle(bundle)


def test_an_instruction_that_is_not_utf8_is_refused(bundle):
    (bundle / "instruction.md").write_bytes(b"caf\xe9")
    with pytest.raises(BundleError, match=r"instruction\.md: not UTF-8"):
        load_bundle(bundle)


def test_a_giant_instruction_is_not_read(bundle):
    with (bundle / "instruction.md").open("wb") as file:
        file.truncate(2 << 20)
    with pytest.raises(BundleError, match="larger than"):
        load_bundle(bundle)


def test_a_giant_bundle_is_refused(bundle):
    with (bundle / "environment/blob").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(BundleError, match="in all"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["instruction.md", "environment/data", "tests/more"])
def test_a_link_out_of_the_bundle_is_refused(bundle, name):
    (bundle / name).unlink(missing_ok=True)
    (bundle / name).symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match=f"{name}: a link that leads out"):
        load_bundle(bundle)


def test_a_link_to_a_folder_above_is_refused(bundle):
    (bundle / "environment/up").symlink_to("../..")
    with pytest.raises(BundleError, match="a link that leads out"):
        load_bundle(bundle)


def test_a_link_inside_the_bundle_is_fine(bundle):
    (bundle / "environment/same").symlink_to("Dockerfile")
    assert load_bundle(bundle).digest()


def test_links_that_turn_in_a_circle_are_refused(bundle):
    (bundle / "environment/a").symlink_to("b")
    (bundle / "environment/b").symlink_to("a")
    with pytest.raises(BundleError, match="a link"):
        load_bundle(bundle)


@pytest.mark.timeout(10)
def test_a_fifo_is_refused_and_never_opened(bundle):
    (bundle / "task.toml").unlink()
    os.mkfifo(bundle / "task.toml")
    with pytest.raises(BundleError, match="neither file nor folder"):
        load_bundle(bundle)


def test_a_name_that_is_no_text_is_fine(bundle):
    before = load_bundle(bundle).digest()
    name = bundle / "environment" / os.fsdecode(b"\xff\xfe")
    name.touch()
    with_it = load_bundle(bundle).digest()
    name.rename(bundle / "environment" / os.fsdecode(b"\xff\xfd"))
    assert len({before, with_it, load_bundle(bundle).digest()}) == 3


def test_folders_nested_deeper_than_a_path_may_be_are_refused(bundle):
    here = os.open(bundle / "environment", os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    with pytest.raises(BundleError, match="its folders cannot be read: File name too long"):
        load_bundle(bundle)
    subprocess.run(["rm", "-rf", bundle / "environment"], check=True)  # pytest could not


def test_the_digest_is_of_paths_modes_and_contents(bundle):
    def digest():
        return load_bundle(bundle).digest()

    seen = {digest()}
    (bundle / "tests/test.sh").chmod(0o755)
    seen.add(digest())
    (bundle / "environment/x").write_text("1")
    seen.add(digest())
    (bundle / "environment/x").rename(bundle / "environment/y")
    seen.add(digest())
    assert len(seen) == 4


def test_the_digest_does_not_see_what_python_leaves_behind(bundle):
    before = load_bundle(bundle).digest()
    (bundle / "tests/__pycache__").mkdir()
    (bundle / "tests/__pycache__/verify.pyc").write_bytes(b"x")
    assert load_bundle(bundle).digest() == before


def test_the_digest_is_the_same_elsewhere(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "elsewhere")
    assert load_bundle(copy).digest() == load_bundle(bundle).digest()


def test_variables_come_from_the_host_or_their_default(bundle, monkeypatch):
    with (bundle / "task.toml").open("a") as file:
        file.write('[environment.env]\nA = "${TINY_A}"\nB = "${TINY_B:-two}"\n')
    monkeypatch.setenv("TINY_A", "one")
    assert load_bundle(bundle).sandbox_spec.env == {"A": "one", "B": "two"}
    monkeypatch.delenv("TINY_A")
    with pytest.raises(BundleError, match="needs the variable TINY_A"):
        _ = load_bundle(bundle).sandbox_spec
