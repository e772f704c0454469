"""One small image, and sandboxes made from it, on every backend."""

import pytest

from terminal_gym.sandbox.base import ImageSource, Limits, SandboxSpec

DOCKERFILE = """\
FROM debian:bookworm-slim
ARG WHO=world
ENV GREETING="hello ${WHO}" COLOUR=blue
RUN useradd --create-home --uid 1234 tester
RUN mkdir -p /app/kept /app/gone && echo old > /app/gone/file
COPY data/ /app/data/
COPY first.txt second.txt /app/kept/
ADD first.txt /app/renamed
WORKDIR /app
RUN echo "$COLOUR" > colour && pwd > where && ln colour colour-too && ln -s colour link
"""


@pytest.fixture(scope="session")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("context")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "first.txt").write_text("first\n")
    (folder / "second.txt").write_text("second\n")
    (folder / "data/inner").mkdir(parents=True)
    (folder / "data/inner/bytes").write_bytes(bytes(range(256)))
    return folder


@pytest.fixture(scope="session")
def image(backend, context):
    return backend.prepare(ImageSource(context=context))


@pytest.fixture
def start(backend, image):
    """Starts sandboxes and closes them after the test."""
    made = []

    def go(**options):
        limits = Limits(
            **{"memory_mb": 256, "storage_mb": 64, "pids": 64, **options.pop("limits", {})}
        )
        made.append(backend.start(image, SandboxSpec(limits=limits, **options)))
        return made[-1]

    yield go
    for sandbox in made:
        sandbox.close()


@pytest.fixture
def box(start):
    return start()


@pytest.fixture
def sh():
    """Runs a shell line in a sandbox and gives its output, which must have exit status 0."""

    def go(sandbox, line, **options):
        done = sandbox.run(["sh", "-c", line], **options)
        assert done.exit_code == 0, done
        return done.output.decode()

    return go
