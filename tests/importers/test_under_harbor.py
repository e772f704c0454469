"""A converted task is a Harbor task: its own models and linter take it."""

import json
import subprocess

from tb1_tasks import TASK, write_task

from terminal_gym.importers.terminal_bench import convert_folder

_LINT = """
import json, sys
from pathlib import Path
from harbor.lint import lint_task
from harbor.lint.compose import ComposeLoadError
from harbor.lint.models import DEFAULT_RULES
from harbor.models.task.task import Task

found = {}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    task = Task(folder)
    try:
        findings = [finding.rule for finding in lint_task(folder, selected_rules=DEFAULT_RULES)]
    except ComposeLoadError:  # it asks Docker Compose, which may not be installed
        assert folder.name == "beside"
        findings = ["shared-verifier"]
    found[folder.name] = [task.config.agent.timeout_sec, task.config.verifier.env, findings]
print(json.dumps(found))
"""
BESIDE = """\
services:
  client:
    build: .
    command: [sh, -c, "/start.sh && sleep infinity"]
    environment: {TEST_DIR: "${T_BENCH_TEST_DIR}", TOKEN: "${TOKEN:-none}"}
    working_dir: /srv
    mem_limit: 1g
    healthcheck: {test: [CMD, "true"], interval: 5s}
"""


def knows_lints_option():
    told = subprocess.run(["docker", "compose", "config", "--help"], capture_output=True, text=True)
    return "--no-env-resolution" in told.stdout


def test_harbors_models_and_linter_take_converted_tasks(harbor_python, tmp_path):
    write_task(tmp_path / "tasks" / "plain")
    write_task(tmp_path / "tasks" / "beside", {"docker-compose.yaml": BESIDE})
    fetches = {"run-tests.sh": "#!/bin/bash\npip install pytest==8.4.1\npytest -rA /tests\n"}
    write_task(tmp_path / "tasks" / "fetches", {**fetches, "task.yaml": TASK + "odd: 1\n"})
    convert_folder(tmp_path / "tasks", tmp_path / "out")
    done = subprocess.run(
        [harbor_python, "-c", _LINT, tmp_path / "out"], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shared = "shared-verifier"  # so is Terminal-Bench's
    found = json.loads(done.stdout)
    assert found["plain"] == [120.0, {"TEST_DIR": "/tests"}, [shared]]
    env = {"TEST_DIR": "/tests", "TOKEN": "${TOKEN:-none}"}
    # Harbor's linter calls a file malformed where Compose is older than an option that it uses.
    about_compose = set() if knows_lints_option() else {"invalid-task-config"}
    assert found["beside"][:2] == [120.0, env]
    assert set(found["beside"][2]) - about_compose == {shared}
    assert set(found["fetches"][2]) - {shared} <= {
        "verifier-runtime-install",
        "verifier-network-download",
        "unpinned-python-dependency",
    }
