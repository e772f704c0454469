import shutil

import pytest

from terminal_gym.errors import DockerfileError, ImageBuildFault, TerminalGymError
from terminal_gym.sandbox.base import ImageSource


def test_instructions_have_their_effect(box, sh):
    assert sh(box, "cat colour where colour-too link") == "blue\n/app\nblue\nblue\n"
    assert sh(box, "cat kept/first.txt kept/second.txt renamed") == "first\nsecond\nfirst\n"
    assert box.read_file("/app/data/inner/bytes") == bytes(range(256))
    assert sh(box, "stat -c %a data/inner/bytes; id -u tester") == "644\n1234\n"


def test_what_the_image_says_of_itself(image):
    assert image.workdir == "/app"
    assert image.env["GREETING"] == "hello world"
    assert image.user == "root"


def test_equal_contexts_are_one_image(backend, image, context, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(context, copy)
    assert backend.prepare(ImageSource(context=copy)).digest == image.digest


def test_a_changed_file_is_another_image(backend, image, context, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(context, copy)
    (copy / "second.txt").write_text("changed\n")
    assert backend.prepare(ImageSource(context=copy)).digest != image.digest


def test_a_failing_step_tells_what_it_printed(backend, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:bookworm-slim\nRUN echo 'the build says this'; exit 3\n"
    )
    with pytest.raises(ImageBuildFault) as caught:
        backend.prepare(ImageSource(context=tmp_path))
    assert "the build says this" in caught.value.log


@pytest.mark.parametrize(
    "text",
    [
        "RUN true\n",
        "FROM debian:bookworm-slim\nCOPY absent /x\n",
        "FROM debian:bookworm-slim\nFLY me\n",
    ],
)
def test_a_bad_dockerfile_is_an_error(backend, tmp_path, text):
    (tmp_path / "Dockerfile").write_text(text)
    with pytest.raises(TerminalGymError):
        backend.prepare(ImageSource(context=tmp_path))


def test_no_dockerfile_is_named(backend, tmp_path):
    with pytest.raises(DockerfileError, match="Dockerfile"):
        backend.prepare(ImageSource(context=tmp_path))


def test_user_and_arguments_of_build_are_kept(backend, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:bookworm-slim\n"
        "ARG N=5\nRUN useradd -m bob && echo $N > /n\n"
        "USER bob\nRUN whoami > /home/bob/me\nWORKDIR /home/bob/new\n"
    )
    image = backend.prepare(ImageSource(context=tmp_path))
    assert (image.user, image.workdir) == ("bob", "/home/bob/new")
    from terminal_gym.sandbox.base import SandboxSpec

    box = backend.start(image, SandboxSpec())
    try:
        assert box.run(["sh", "-c", "whoami; pwd; cat /n ../me"]).output == (
            b"bob\n/home/bob/new\n5\nbob\n"
        )
    finally:
        box.close()
