"""Tasks in Terminal-Bench 1's format, written for these tests."""

import shutil
from importlib import metadata
from pathlib import Path

# The line is that of env_specs, so that both share a layer.
DOCKERFILE = """\
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \\
    ca-certificates curl file gcc git iproute2 jq less libc6-dev make nano openssl patch procps \
python3 sqlite3 unzip xz-utils zip \\
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends tmux
WORKDIR /app
"""
PLAIN_DOCKERFILE = "FROM debian:bookworm-slim\nWORKDIR /app\n"
COMPOSE = """\
services:
  client:
    build:
      dockerfile: Dockerfile
    image: ${T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME}
    container_name: ${T_BENCH_TASK_DOCKER_CLIENT_CONTAINER_NAME}
    command: [ "sh", "-c", "sleep infinity" ]
    environment:
      - TEST_DIR=${T_BENCH_TEST_DIR}
    volumes:
      - ${T_BENCH_TASK_LOGS_PATH}:${T_BENCH_CONTAINER_LOGS_PATH}
      - ${T_BENCH_TASK_AGENT_LOGS_PATH}:${T_BENCH_CONTAINER_AGENT_LOGS_PATH}
"""
TASK = """\
# canary GUID 0
instruction: |-
  Write "Hello, world!" to hello.txt.
author_name: A. Author
author_email: a@example.org
difficulty: easy
category: file-operations
tags: [files, text]
parser_name: pytest
max_agent_timeout_sec: 120.0
max_test_timeout_sec: 60.0
run_tests_in_same_shell: false
expert_time_estimate_min: 5
"""
TESTS = """\
from pathlib import Path

def test_file_is_there():
    assert Path("/app/hello.txt").exists()

def test_content():
    assert Path("/app/hello.txt").read_text() == "Hello, world!\\n"
"""
RUN_PYTEST = """\
#!/bin/bash
export PYTHONPATH=$TEST_DIR/site
python3 -m pytest -p no:cacheprovider $TEST_DIR/test_outputs.py -rA
"""
SOLUTION = "#!/bin/bash\necho 'Hello, world!' > hello.txt\n"


def write_task(folder: Path, files: dict[str, str | None] | None = None) -> Path:
    """A task solved by /app/hello.txt; `files` replace its own, or (None) leave them out."""
    whole = {
        "task.yaml": TASK,
        "Dockerfile": PLAIN_DOCKERFILE,
        "docker-compose.yaml": COMPOSE,
        "solution.sh": SOLUTION,
        "run-tests.sh": RUN_PYTEST,
        "tests/test_outputs.py": TESTS,
        **(files or {}),
    }
    for name, text in whole.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def add_pytest(tests: Path) -> None:
    """This environment's own pytest, pure Python, so that a verifier has nothing to install."""
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in metadata.files(name) or []:
            if (
                file.parts[0] not in ("..", "bin")
                and "__pycache__" not in file.parts
                and _needed(file)
            ):
                target = tests / "site" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), target)


def _needed(file: Path) -> bool:
    """pytest colours Python and diffs only; the other lexers are most of pygments."""
    wanted = ("__init__.py", "_mapping.py", "diff.py", "python.py")
    return file.parent.name != "lexers" or file.name in wanted
