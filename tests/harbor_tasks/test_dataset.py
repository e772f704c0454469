"""A folder of tasks as datasets have them, with some that cannot be run among them."""

import json
import subprocess
import sys

import pytest
from harbor_task import PASSES, write_task

from terminal_gym.errors import BundleError
from terminal_gym.evaluation import load_tasks

OFFLINE = '[environment]\nnetwork_mode = "no-network"\n'


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    write_task(folder / "org/Plain.Task", OFFLINE)
    write_task(
        folder / "org/steps-v2",
        OFFLINE + '[[steps]]\nname = "only"\n',
        **{"steps/only/instruction.md": "Make the file /app/done.\n"},
    )
    write_task(
        folder / "other/own_verifier",
        'artifacts = ["/app/done"]\n' + OFFLINE + '[verifier]\nenvironment_mode = "separate"\n',
    )
    write_task(folder / "flat", OFFLINE, **{"tests/test.sh": PASSES.format("test -e done")})
    write_task(folder / "broken", "[environment]\ncpus = -1\n")
    write_task(folder / "other/needs-gpu", "[environment]\ngpus = 1\n")
    write_task(folder / "two words", OFFLINE)
    return folder


def cli(folder, *arguments):
    command = [sys.executable, "-m", "terminal_gym.cli.main", "--specs", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder.parent)


def test_what_is_wrong_is_listed_and_the_rest_runs(dataset, namespace_backend):
    done = cli(dataset, "list", "--json")
    rows = {row["id"]: row for row in json.loads(done.stdout) if str(dataset) in row["path"]}
    assert len(rows) == 6 and "two words: the folder's name" in done.stderr
    wrong = {name: row["error"] for name, row in rows.items() if "error" in row}
    assert set(wrong) == {"LiteTerminal/broken-v0", "LiteTerminal/needs-gpu-v0"}
    assert "broken/task.toml: environment.cpus" in wrong["LiteTerminal/broken-v0"]
    assert "needs-gpu/task.toml: environment.gpus" in wrong["LiteTerminal/needs-gpu-v0"]
    names = ["Plain.Task", "steps-v2", "own_verifier", "flat"]
    done = cli(dataset, "run", *names, "--agent", "oracle", "--backend", "namespace")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 solved" in done.stdout, done.stdout


def test_an_evaluation_names_all_that_cannot_be_loaded(dataset):
    with pytest.raises(BundleError, match=r"environment\.cpus") as caught:
        load_tasks([str(dataset / name) for name in ("flat", "broken", "other/needs-gpu")])
    assert "environment.gpus" in caught.value.message
