"""Verifiers in a sandbox of their own, artifacts, and collect hooks."""

from pathlib import Path

import pytest
from harbor_task import DOCKERFILE, PASSES, commands, play, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.cheats import run_cheats
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import BundleError, UserError
from terminal_gym.evaluation.manifest import load_tasks, make_manifest, refuse_drift

OWN_IMAGE = "FROM debian:bookworm-slim\nWORKDIR /grading\nENV TOOL=mine\nCOPY . /tests\n"
OFFLINE = '[environment]\nnetwork_mode = "no-network"\n'
SEPARATE = 'artifacts = ["/app/out", "/app/answer.txt"]\n' + OFFLINE
MODE = '[verifier]\nenvironment_mode = "separate"\n'
GRADES = PASSES.format("grep -qx 42 /app/answer.txt && [ -d /app/out ]")
SOLVES = "#!/bin/bash\nmkdir out\necho 42 > answer.txt\n"


def write_separate(folder, toml=SEPARATE + MODE, **files):
    return write_task(
        folder, toml, **{"solution/solve.sh": SOLVES, "tests/test.sh": GRADES, **files}
    )


@pytest.mark.parametrize(
    ("toml", "dockerfile"),
    [
        (SEPARATE + MODE, OWN_IMAGE),
        (SEPARATE + MODE, None),
        (SEPARATE + '[verifier.environment]\nnetwork_mode = "no-network"\n', OWN_IMAGE),
    ],
    ids=["own", "same", "implied"],
)
def test_oracle_and_nop(backend, tmp_path, toml, dockerfile):
    task = write_separate(tmp_path / "task", toml, **{"tests/Dockerfile": dockerfile})
    episode = play(task, backend.name)
    assert episode.extra.reward == 1.0, episode.extra
    assert episode.extra.verdict["mode"] == "separate"
    assert play(task, backend.name, "nop").extra.reward == 0.0


def test_nothing_but_artifacts_reaches_the_verifier(backend, tmp_path):
    looks = (
        "ls -A / /app /app/out /logs/artifacts; cat /app/out/keep; pwd; echo $TOOL; id -un;"
        " cat /app/out/leads /app/out/inside; stat -c %a /app/out/keep"
    )
    task = write_separate(
        tmp_path / "task",
        SEPARATE.replace('"/app/out"', '{ source = "/app/out", exclude = ["*.log", "cache"] }')
        + MODE,
        **{"tests/Dockerfile": OWN_IMAGE, "tests/test.sh": PASSES.format(looks)},
    )
    _, _, _, _, info = commands(
        task,
        backend.name,
        "mkdir -p out/cache out/deep; echo kept > out/keep; chmod 4755 out/keep",
        "touch out/deep/x.log out/cache/a other; ln -s /etc/passwd out/leads",
        "ln -s keep out/inside;",
        "mkfifo out/f",
        "echo evil > /etc/evil; echo said > /logs/artifacts/said; mkdir -p /logs/verifier",
        "echo 1 > /logs/verifier/reward.txt; echo 'echo 1 > /logs/verifier/reward.txt' > /tests",
    )
    verdict = info["verdict"]
    words = verdict.output.split()
    assert {"kept", "said", "deep", "/grading", "mine", "root", "755"} <= set(words)
    assert not {"evil", "other", "cache", "x.log", "f"} & set(words)
    assert any("/app/out/leads" in line for line in verdict.dropped)
    assert verdict.missing == ["/app/answer.txt"]


def test_an_artifact_that_is_a_link_is_left_out(backend, tmp_path):
    task = write_separate(tmp_path / "task")
    info = commands(task, backend.name, "mkdir out; ln -s /etc/hostname answer.txt")[4]
    assert info["valid"] and info["verdict"].dropped == ["/app/answer.txt: a link"]


def test_hooks_gather_what_is_graded(backend, tmp_path):
    hooks = (
        '[[verifier.collect]]\ncommand = "cp /opt/db /app/answer.txt; mkdir -p out; id -un > who"\n'
        'user = "root"\n'
        '[[verifier.collect]]\ncommand = "sleep 60"\ntimeout_sec = 0.5\n'
    )
    task = write_separate(
        tmp_path / "task",
        SEPARATE + MODE + hooks,
        **{
            "solution/solve.sh": "#!/bin/bash\nsleep 4713 & disown\necho 42 > /opt/db\n",
            "tests/Dockerfile": OWN_IMAGE,
        },
    )
    verdict = play(task, backend.name).extra.verdict
    assert verdict["reward"] == 1.0
    assert verdict["dropped"] == ["verifier.collect 'sleep 60': timed out"]
    assert play(task, backend.name, "nop").extra.reward == 0.0


def test_hooks_of_a_shared_verifier(backend, tmp_path):
    hook = '[[verifier.collect]]\ncommand = "ls / | wc -l > /app/done"\n'
    task = write_task(tmp_path / "task", OFFLINE + hook)
    assert play(task, backend.name, "nop").extra.reward == 1.0


def test_an_artifact_larger_than_the_storage_is_graded_not_a_fault(backend, tmp_path):
    toml = SEPARATE + "storage_mb = 300\n" + MODE
    task = write_separate(tmp_path / "task", toml.replace('"/app/answer.txt"', '"/opt"'))
    fill = "mkdir out; for n in 1 2; do head -c 140M /dev/zero > out/$n; done"
    info = commands(task, backend.name, fill)[4]
    assert info["valid"], info["fault"]


def test_each_step_may_have_a_verifier_of_its_own(backend, tmp_path):
    toml = (
        OFFLINE + '[[steps]]\nname = "one"\nartifacts = ["/app/a"]\n'
        'verifier = { environment_mode = "separate" }\n'
        '[[steps]]\nname = "two"\n'
    )
    grades = PASSES.format("[ -e /app/a ] && [ ! -e /app/b ]")
    task = write_task(
        tmp_path / "task",
        toml,
        **{
            "instruction.md": None,
            "solution/solve.sh": "#!/bin/bash\ntouch a b\n",
            "tests/test.sh": PASSES.format("[ -e /app/a ] && [ -e /app/b ]"),
            "steps/one/instruction.md": "One.",
            "steps/one/tests/Dockerfile": OWN_IMAGE,
            "steps/one/tests/test.sh": grades,
            "steps/two/instruction.md": "Two.",
        },
    )
    episode = play(task, backend.name)
    modes = [step["mode"] for step in episode.extra.verdict["steps"].values()]
    assert (modes, episode.extra.reward) == (["separate", "shared"], 1.0)


@pytest.mark.docker
def test_a_ready_verifier_image_brings_its_own_tests(backend, tmp_path):
    if backend.name != "docker":
        pytest.skip("a ready image is an engine's")
    made = write_task(tmp_path / "made", **{"environment/Dockerfile": OWN_IMAGE})
    (made / "environment/test.sh").write_text(GRADES)
    image = backend.prepare(load_bundle(made).image_source)
    toml = SEPARATE + f'[verifier.environment]\ndocker_image = "{image.ref}"\n'
    task = write_separate(tmp_path / "task", toml, **{"tests/test.sh": "exit 1\n"})
    assert play(task, backend.name).extra.reward == 1.0


def test_a_mistake_in_the_verifiers_dockerfile_is_seen_at_once(backend, tmp_path):
    task = write_separate(
        tmp_path / "task", **{"tests/Dockerfile": DOCKERFILE + "RUN exit 3\nCOPY . /tests\n"}
    )
    with pytest.raises(Exception, match=r"failed with 3|code: 3"):
        TerminalEnv(task, backend=backend.name)


@pytest.mark.parametrize("source", ["/tests/x", "/logs", "/", "/proc/1/environ", "rel/path"])
def test_artifacts_where_the_verifiers_files_are_get_refused(tmp_path, source):
    task = write_separate(tmp_path / "task", f'artifacts = ["{source}"]\n' + MODE)
    with pytest.raises(BundleError, match=r"artifacts\.source"):
        load_bundle(task)


def test_cheats_earn_nothing_from_a_separate_verifier(backend, tmp_path):
    image = Path(__file__).parents[2] / "env_specs/git-rebase/environment/Dockerfile"
    tools = image.read_text().partition("\nWORKDIR")[0]
    task = write_separate(
        tmp_path / "task",
        SEPARATE + "storage_mb = 64\n" + MODE,
        **{
            "environment/Dockerfile": f"{tools}\nWORKDIR /app\n",
            "tests/Dockerfile": OWN_IMAGE,
        },
    )
    names = ["reward-daemon", "tools-replaced", "state-links-to-reward", "links-to-zero"]
    if backend.name == "namespace":  # an engine has no limit of its own to fill
        names += ["reward-text", "links-to-proc", "inode-fill", "disk-fill"]
    results = run_cheats(task, backend=backend.name, names=names, concurrency=2)
    assert len(results) == len(names)
    assert {one.cheat: one.problems for one in results if one.problems} == {}


def test_the_verifiers_image_is_in_the_manifest(backend, tmp_path):
    task = write_separate(tmp_path / "task", **{"tests/Dockerfile": OWN_IMAGE})
    _, bundles = load_tasks([str(task)])
    conditions = {"agent": "nop", "agent_options": {}, "env_options": {}, "attempts": 1, "seed": 0}
    was = make_manifest(bundles, backend=backend.name, **conditions)
    own = backend.prepare(bundles["task"].steps[0].grading.machine.image_source).digest
    assert was.tasks["task"].other_images == {"verifier": own}
    other = was.tasks["task"].model_copy(update={"other_images": {"verifier": "another"}})
    now = was.model_copy(update={"tasks": {"task": other}})
    refuse_drift(was, was, where="itself")
    with pytest.raises(UserError, match=r"task: the image of verifier was .*, is another"):
        refuse_drift(was, now, where="a manifest")
