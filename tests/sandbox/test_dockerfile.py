"""What only an engine can run is refused with its line; what nothing can run, too."""

import pytest

from terminal_gym.errors import DockerfileError
from terminal_gym.sandbox.dockerfile import parse_dockerfile


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ("HEALTHCHECK CMD true", "HEALTHCHECK cannot be run by the namespace", "docker"),
        ("VOLUME /data", "VOLUME cannot be run by the namespace", "docker"),
        ("RUN --mount=type=cache,target=/x make", "RUN with options cannot be run", "docker"),
        ("COPY --from=0 /a /b", "COPY --from (several stages) cannot be run", "docker"),
        ("ADD https://example.com/x /x", "ADD of a remote source cannot be run", "docker"),
        ("FLY me", "FLY is no instruction", "spelling"),
    ],
)
def test_a_line_that_cannot_be_run(tmp_path, line, message, remedy):
    path = tmp_path / "Dockerfile"
    path.write_text(f"FROM debian:bookworm-slim\nWORKDIR /app\n{line}\n")
    with pytest.raises(DockerfileError) as caught:
        parse_dockerfile(path)
    assert caught.value.message.startswith(f"{path}:3: {message}")
    assert remedy in caught.value.remedy


def test_what_says_how_a_container_is_started_has_no_effect(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text('FROM debian\nLABEL a=b\nEXPOSE 80\nCMD ["y"]\nRUN true\n')
    assert [item.name for item in parse_dockerfile(path)] == ["FROM", "RUN"]
