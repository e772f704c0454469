"""Build contexts that are anyone's: nothing outside is copied or written, and errors are ours."""

import os
from pathlib import Path

import pytest

from terminal_gym.errors import DockerfileError, ImageBuildFault, SandboxFault, TerminalGymError
from terminal_gym.sandbox.base import ImageSource, SandboxSpec

ESCAPED = Path("/tmp/terminal-gym-escaped")


@pytest.fixture
def context(tmp_path):
    """A context with one file, a secret beside it, and the given Dockerfile."""

    def make(dockerfile, base=b"FROM debian:bookworm-slim\n"):
        folder = tmp_path / "context"
        folder.mkdir()
        (tmp_path / "secret").write_text("secret")
        (folder / "file").write_text("x")
        (folder / "Dockerfile").write_bytes(base + dockerfile)
        return folder

    return make


def build(backend, folder):
    return backend.prepare(ImageSource(context=folder, build_timeout_s=60))


@pytest.mark.parametrize("source", ["../secret", "file/../../secret", "link", "../*"])
def test_nothing_outside_is_copied(backend, context, source):
    folder = context(f"COPY {source} /stolen\n".encode())
    (folder / "link").symlink_to("../secret")
    with pytest.raises((DockerfileError, ImageBuildFault)) as caught:
        build(backend, folder)
    assert "Dockerfile" in caught.value.message


def test_a_link_in_a_copied_folder_brings_nothing_along(backend, context):
    folder = context(b"COPY inner /inner\n")
    (folder / "inner").mkdir()
    (folder / "inner" / "link").symlink_to("../../secret")
    try:
        image = build(backend, folder)
    except DockerfileError as error:
        assert "leads out of the context" in error.message
        return
    box = backend.start(image, SandboxSpec())
    try:
        assert box.run(["cat", "/inner/link"]).exit_code != 0
    finally:
        box.close()


@pytest.mark.parametrize(
    "lines",
    [
        b"COPY file ../../../../../tmp/terminal-gym-escaped\n",
        b"RUN ln -s / /esc\nCOPY file /esc/tmp/terminal-gym-escaped\n",
        b"RUN ln -s /proc/1/root/tmp /esc\nCOPY file /esc/terminal-gym-escaped\n",
        b"WORKDIR /proc/1/root/tmp\nCOPY file terminal-gym-escaped\n",
    ],
)
def test_nothing_outside_is_written(backend, context, lines):
    try:
        build(backend, context(lines))
    except (DockerfileError, SandboxFault):
        pass
    finally:
        escaped = ESCAPED.exists()
        ESCAPED.unlink(missing_ok=True)
    assert not escaped


@pytest.mark.timeout(30)
def test_odd_files_do_no_harm(namespace_backend, context):
    folder = context(b"COPY . /all\n")
    os.mkfifo(folder / "fifo")
    for name in (b"\xff", b"new\nline", b"\x1b]0;x\x07"):
        (folder / os.fsdecode(name)).touch()
    (folder / "link").symlink_to(os.fsdecode(b"\xff"))
    (folder / ".dockerignore").write_bytes(b"\xff\xfe\n[\n")
    build(namespace_backend, folder)
    (folder / ".dockerignore").unlink()
    (folder / ".dockerignore").symlink_to("/dev/zero")
    (folder / "Dockerfile").write_text("FROM debian:bookworm-slim\nCOPY file /p\n")
    build(namespace_backend, folder)


@pytest.mark.parametrize(
    "line",
    [
        b"COPY ***/x /p",
        b"COPY [ /p",
        b'COPY ["file"]',
        b"COPY " + b"a" * 5000 + b" /p",
        b"COPY --chmod=abc file /p",
        b"COPY --chmod=777777777777 file /p",
        b"COPY --chown=nobodyatall file /p",
        b"COPY --chown=-5:99999999999 file /p",
        b"ENV",
        b"ENV =x",
        b"FROM",
        b"USER $(id)\nRUN true",
        b"RUN echo a\0b",
        b"RUN " + b"a" * 3_000_000,
        b'RUN ["' + b"[" * 100_000,
        b"ENTRYPOINT " + b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda line: repr(line[:20]),
)
def test_a_line_that_means_nothing_is_an_error(namespace_backend, context, line):
    with pytest.raises(TerminalGymError):
        build(namespace_backend, context(line + b"\n"))


@pytest.mark.parametrize("text", [b"", b"\n\n", b"FROM", b"FROM ../../etc\n", b"FROM scratch\n"])
def test_no_base_is_an_error_that_names_the_file(namespace_backend, context, text):
    with pytest.raises(DockerfileError, match="Dockerfile"):
        build(namespace_backend, context(text, base=b""))
