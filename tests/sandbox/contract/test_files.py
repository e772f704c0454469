import os
from pathlib import Path

import pytest

from terminal_gym.errors import ResourceFault


def test_writing_and_reading(box, sh):
    data = bytes(range(256)) * 100
    box.write_file("/new/deep/folder/file", data, mode=0o640)
    assert box.read_file("/new/deep/folder/file") == data
    assert box.read_file("/new/deep/folder/file", max_bytes=10) == data[:10]
    assert sh(box, "stat -c '%a %u:%g' /new/deep/folder/file /new/deep") == "640 0:0\n755 0:0\n"


def test_owners_by_name_and_number(box, sh):
    box.write_file("/app/one", b"1", owner="tester")
    box.write_file("/app/two", b"2", owner="77:88")
    assert sh(box, "stat -c %u:%g /app/one /app/two") == "1234:1234\n77:88\n"


def test_what_is_there_is_replaced(box, sh):
    box.write_file("/app/kept", b"now a file")
    assert box.read_file("/app/kept") == b"now a file"
    box.write_file("/app/link", b"no longer a link")
    assert sh(box, "cat colour; stat -c %F link") == "blue\nregular file\n"


@pytest.mark.parametrize(
    ("make", "error"),
    [
        ("true", FileNotFoundError),
        ("mkdir /t", IsADirectoryError),
        ("ln -s /etc/passwd /t", OSError),
        ("mkfifo /t", OSError),
    ],
)
def test_reading_what_is_no_file(box, sh, make, error):
    sh(box, make)
    with pytest.raises(error):
        box.read_file("/t")


def test_a_folder_goes_in(box, sh, tmp_path):
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/sub/script.sh").write_text("echo ran\n")
    (tmp_path / "tree/sub/script.sh").chmod(0o755)
    (tmp_path / "tree/ünï cödé").write_text("text")
    (tmp_path / "tree/link").symlink_to("sub/script.sh")
    (tmp_path / "tree/dangling").symlink_to("/nowhere")
    box.copy_in(tmp_path / "tree", "/tree", owner="tester")
    assert sh(box, "/tree/link; cat '/tree/ünï cödé'; readlink /tree/link /tree/dangling") == (
        "ran\ntextsub/script.sh\n/nowhere\n"
    )
    assert sh(box, "stat -c '%U %a' /tree /tree/sub/script.sh") == "tester 755\ntester 755\n"
    (tmp_path / "tree/sub/script.sh").unlink()
    box.copy_in(tmp_path / "tree", "/tree", mode=0o600)
    assert sh(box, "ls /tree/sub; stat -c %a /tree/ü*") == "600\n"


def test_a_folder_comes_out(box, sh, tmp_path):
    sh(
        box,
        "mkdir -p /o/d && cd /o && echo a > a && ln -s a l && mkfifo fifo && echo b > d/b",
    )
    box.copy_out("/o", tmp_path / "deep/out")
    out = tmp_path / "deep/out"
    assert sorted(p.name for p in out.rglob("*")) == ["a", "b", "d", "l"]
    assert (out / "a").read_text() == "a\n"
    assert (out / "l").readlink() == Path("a")
    assert (out / "a").stat().st_uid == os.getuid()


def test_one_file_comes_out(box, tmp_path):
    box.copy_out("/app/data/inner/bytes", tmp_path / "bytes")
    assert (tmp_path / "bytes").read_bytes() == bytes(range(256))


def test_what_is_missing_or_too_large_does_not_come_out(box, sh, tmp_path):
    with pytest.raises(FileNotFoundError):
        box.copy_out("/nothing", tmp_path / "x")
    sh(box, "head -c 3M /dev/zero > /big")
    with pytest.raises(ResourceFault):
        box.copy_out("/big", tmp_path / "big", max_bytes=1 << 20)


def test_links_of_the_sandbox_do_not_reach_the_host(box, sh, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("host")
    sh(box, f"mkdir -p {tmp_path.parent} && ln -s {tmp_path} /way && mkdir -p {tmp_path}")
    box.write_file("/way/victim", b"sandbox")
    assert victim.read_text() == "host"
    assert box.read_file(f"{tmp_path}/victim") == b"sandbox"
    with pytest.raises(OSError):
        box.read_file("/way/none")
