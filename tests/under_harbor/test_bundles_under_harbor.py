"""Our bundles are Harbor tasks: its own models, linter and runner say so."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from terminal_gym.bundle import default_specs_dir

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


@pytest.fixture(scope="module")
def compose():
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("Harbor runs tasks through Docker Compose v2, which is not installed")


@pytest.mark.docker
@pytest.mark.parametrize("name", ["git-rebase", "makefile-repair"])
@pytest.mark.parametrize(("agent", "solved"), [("oracle", True), ("nop", False)])
def test_harbor_runs_a_bundle(harbor_python, compose, tmp_path, name, agent, solved):
    task = default_specs_dir() / name
    command = [harbor_python, "-m", "harbor.cli.main", "run", "-p", task, "-a", agent]
    done = subprocess.run(
        [*command, "-o", tmp_path], capture_output=True, text=True, cwd=tmp_path, timeout=800
    )
    rewards = [
        json.loads(path.read_bytes())["verifier_result"]["rewards"]
        for path in tmp_path.glob("*/*/result.json")
    ]
    assert [reward["reward"] == 1 for reward in rewards] == [solved], done.stdout[-3000:]
