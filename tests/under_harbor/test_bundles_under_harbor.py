"""Our bundles are Harbor tasks: its own models, linter and runner say so."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from store_task import PUBLIC, write_store
from tb1_tasks import write_task

from terminal_gym.bundle import default_specs_dir, load_bundle
from terminal_gym.importers.terminal_bench import convert_task

BUNDLES = sorted(path.parent for path in default_specs_dir().glob("*/task.toml"))
_LINT = """
import json, sys
from pathlib import Path
from harbor.lint import lint_task
from harbor.lint.models import DEFAULT_RULES
from harbor.models.task.task import Task

found = {}
for folder in map(Path, sys.argv[1:]):
    task = Task(folder)
    assert task.instruction.strip() and task.paths.test_path.exists(), folder
    findings = lint_task(folder, selected_rules=DEFAULT_RULES)
    found[folder.name] = [[finding.rule, finding.message] for finding in findings]
print(json.dumps(found))
"""
# Harbor can only see that the agent's container is graded. Ours is not: what task.toml declares as
# `state` is carried into a fresh sandbox. Under Harbor itself the advice holds.
ADVICE = {"shared-verifier"}
# A Terminal-Bench 1 task runs under Harbor, too, once it is converted.
HELLO_TESTS = """\
#!/bin/bash
[ "$(cat hello.txt)" = "Hello, world!" ] && result=PASSED
echo "==== short test summary info ===="
echo "${result:-FAILED} test_outputs.py::test_content"
"""

pytestmark = pytest.mark.timeout(900)  # the package may have to be installed first


def findings(python, folders):
    done = subprocess.run(
        [python, "-c", _LINT, *map(str, folders)], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_harbors_models_and_linter_take_every_bundle(harbor_python):
    assert len(BUNDLES) >= 20
    found = findings(harbor_python, BUNDLES)
    assert set(found) == {path.name for path in BUNDLES}
    assert {name: rest for name, all_ in found.items() if (rest := _mandatory(all_))} == {}


def test_a_spoilt_bundle_is_found(harbor_python, tmp_path):
    folder = Path(shutil.copytree(BUNDLES[0], tmp_path / "spoilt"))
    (folder / "task.toml").write_text(
        (folder / "task.toml").read_text().replace("[agent]", "[agent]\nspeed = 1")
    )
    [rule, message] = _mandatory(findings(harbor_python, [folder])["spoilt"])[0]
    assert rule == "unknown-config-field" and "speed" in message


def _mandatory(found):
    return [finding for finding in found if finding[0] not in ADVICE]


OWN, PLAIN = "docker", "plain_docker:PlainDocker"


@pytest.fixture(params=[OWN, PLAIN])
def driver(request):
    """Harbor's own, where Docker Compose is at hand; and ours, which needs none."""
    if "harbor" not in os.environ.get("TERMINAL_GYM_REQUIRE", ""):
        pytest.skip("Harbor takes a minute or more for this; `make test-harbor` runs it")
    if request.param == OWN:
        found = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if found.returncode != 0:
            pytest.skip("there is no Docker Compose")
    return request.param


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize(("agent", "reward"), [("oracle", 1.0), ("nop", 0.0)])
def test_harbor_runs_them(harbor_python, docker_backend, driver, tmp_path, agent, reward):
    tasks = tmp_path / "tasks"
    for name in ("git-rebase", "makefile-repair"):
        shutil.copytree(default_specs_dir() / name, tasks / name)
        docker_backend.prepare(load_bundle(tasks / name).image_source)
    convert_task(write_task(tmp_path / "hello", {"run-tests.sh": HELLO_TESTS}), tasks)
    if driver == OWN:
        write_store(tasks / "store", PUBLIC)
        for file in tasks.glob("*/task.toml"):  # Harbor closes networks by an image that it pulls
            file.write_text(file.read_text().replace('"no-network"', '"public"'))
    names = {path.name for path in tasks.iterdir()}
    command = [harbor_python, "-m", "harbor.cli.main", "run", "-p", tasks, "-o", tmp_path / "jobs"]
    command += ["-a", agent, "-n", "2", "-e", driver]
    here = {"PYTHONPATH": str(Path(__file__).parent), "HOME": str(tmp_path)}
    here["DOCKER_BUILDKIT"] = "0"  # the builder that has our own images' layers
    done = subprocess.run(
        command,
        env={**os.environ, **here, "HARBOR_TELEMETRY": "0", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=800,
    )
    found = {}
    for file in tmp_path.glob("jobs/*/*/result.json"):
        trial = json.loads(file.read_bytes())
        assert trial["exception_info"] is None, trial["exception_info"]
        found[trial["task_name"].rpartition("/")[2]] = trial["verifier_result"]["rewards"]["reward"]
    assert found == dict.fromkeys(names, reward), done.stdout[-3000:] + done.stderr[-3000:]
