"""Converted Terminal-Bench tasks, run by oracle and nop in real sandboxes."""

import pytest
from tb1_tasks import DOCKERFILE, TASK, TESTS, add_pytest, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.evaluation import run_episodes
from terminal_gym.importers.terminal_bench import convert_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # the first run installs packages into an image
    pytest.mark.xdist_group("terminal-bench"),  # all of its tests read the same episodes
]

SKIPS = (
    TESTS
    + """
import pytest

@pytest.mark.skip(reason="no gpu")
def test_skipped():
    assert False

@pytest.mark.xfail
def test_known():
    assert False
"""
)
KEYS = """\
- command: nano hello.txt
  min_timeout_sec: 1.0
- command: Hello, world!
  append_enter: false
- command: C-o
  append_enter: false
  min_timeout_sec: 0.5
- command: Enter
  append_enter: false
  min_timeout_sec: 0.5
- command: C-x
  append_enter: false
  min_timeout_sec: 0.5
- command: echo "$(whoami)" > who.txt
  block: true
"""
WHO = """
def test_who():
    assert Path("/app/who.txt").read_text() == "root\\n"
"""
SERVICE = """\
services:
  client:
    build: {context: ., args: {COLOR: blue}}
    working_dir: /app/work
    command: [sh, -c, "echo started > /app/work/started; sleep infinity"]
    environment:
      GREETING: ${TB1_GREETING:-hello}
      TEST_DIR: ${T_BENCH_TEST_DIR}
"""
SERVICE_DOCKERFILE = """\
FROM debian:bookworm-slim
ARG COLOR=red
RUN mkdir -p /app/work && echo $COLOR > /app/color && useradd -m worker && chown worker /app/work
USER worker
"""
SERVICE_SOLUTION = """\
until [ -s started ]; do sleep 0.1; done
echo "$GREETING $(cat ../color) $(whoami)" > said
"""
# Graded as root, in the working folder, with the service's variables.
SERVICE_TESTS = """\
[ "$(cat said)" = "hello blue worker" ] && [ "$PWD" = /app/work ] && [ "$(id -u)" = 0 ] \\
  && [ "$TEST_DIR" = /tests ] && [ "$GREETING" = hello ] && result=PASSED
echo SWEBench results starts here; echo ${result:-FAILED}; echo SWEBench results ends here
"""
# An older task: several wordings, scripts in place of run-tests.sh, a ready image.
OLD_TASK = """\
descriptions:
  - {key: easy, description: Say who you are.}
  - {key: base, description: Find out what holds you.}
parser_name: swebench
test_scripts: [setup.sh, grade.sh]
"""
OLD_SERVICE = """\
services:
  client:
    image: debian:bookworm-slim
    user: games
    working_dir: /var/tmp
    network_mode: none
    mem_limit: 200m
    cpus: 0.5
    command: sh -c "sleep 0.2; touch /var/tmp/ready; exec sleep 1000"
    healthcheck: {test: [CMD, test, -e, /var/tmp/ready], interval: 50ms, retries: 600}
"""
# `tail` keeps what it reads, as there is no end of a line in it.
OLD_SOLUTION = """\
ls ready && id -un > said
head -c 300M /dev/zero | tail > /dev/null && echo roomy >> said || echo held >> said
[ "$(wc -l < /proc/net/route)" -le 1 ] && echo alone >> said || echo linked >> said
"""
OLD_GRADE = """\
[ "$(cat said)" = "$WANTED" ] && [ "$(stat -c %U ready said | uniq)" = games ] && \\
  [ "$(id -u)" = 0 ] && result=PASSED
echo SWEBench results starts here; echo ${result:-FAILED}; echo SWEBench results ends here
"""
LATE_TESTS = "if [ -e hello.txt ]; then sleep 600; fi\n"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A folder of bundles, all converted in one go."""
    source, out = tmp_path_factory.mktemp("tb1"), tmp_path_factory.mktemp("bundles")
    with_python = {"Dockerfile": DOCKERFILE}
    write_task(source / "pytest", with_python)
    write_task(source / "skips", {**with_python, "tests/test_outputs.py": SKIPS})
    write_task(
        source / "keys",
        {
            **with_python,
            "solution.sh": None,
            "solution.yaml": KEYS,
            "tests/test_outputs.py": TESTS + WHO,
        },
    )
    for name in ("pytest", "skips", "keys"):
        add_pytest(source / name / "tests")
    write_task(
        source / "service",
        {
            "task.yaml": TASK.replace("parser_name: pytest", "parser_name: swebench"),
            "docker-compose.yaml": SERVICE,
            "Dockerfile": SERVICE_DOCKERFILE,
            "solution.sh": SERVICE_SOLUTION,
            "run-tests.sh": SERVICE_TESTS,
        },
    )
    write_task(
        source / "late",
        {"task.yaml": TASK.replace("_sec: 60.0", "_sec: 2.0"), "run-tests.sh": LATE_TESTS},
    )
    write_task(
        source / "old",
        {
            "task.yaml": OLD_TASK,
            "docker-compose.yaml": OLD_SERVICE,
            "Dockerfile": None,
            "solution.sh": OLD_SOLUTION,
            "run-tests.sh": None,
            "tests/setup.sh": "WANTED=$(printf 'games\\nheld\\nalone')\n",
            "tests/grade.sh": OLD_GRADE,
        },
    )
    done = convert_folder(source, out)
    assert [one.problem for one in done] == [""] * 6
    return out


@pytest.fixture(scope="module")
def outcomes(bundles, backend, tmp_path_factory):
    """{(bundle, agent): result}, of all of them."""
    names = sorted(path.name for path in bundles.iterdir())
    found = {}
    for agent, chosen in {"oracle": names, "nop": ["old", "pytest", "service"]}.items():
        results = run_episodes(
            [str(bundles / name) for name in chosen],
            agent,
            concurrency=2,
            backend=backend.name,
            out=tmp_path_factory.mktemp("episodes") / "episodes.jsonl",
        )
        found |= {(name, agent): one for name, one in zip(chosen, results, strict=True)}
    assert {key: one.fault for key, one in found.items() if not one.valid} == {}
    return found


def checks(result):
    return result.verdict["checks"]


def test_pytest_grades(outcomes):
    assert outcomes["pytest", "oracle"].reward == 1.0
    assert checks(outcomes["pytest", "oracle"]) == {
        "test_file_is_there": True,
        "test_content": True,
    }
    assert outcomes["pytest", "nop"].reward == 0.0
    assert checks(outcomes["pytest", "nop"]) == {
        "test_file_is_there": False,
        "test_content": False,
    }


def test_skipped_and_xfailed_tests_are_reported_not_passed(outcomes):
    result = outcomes["skips", "oracle"]
    assert result.reward == 0.0
    assert checks(result) == {"test_file_is_there": True, "test_content": True}
    known, skipped = sorted(result.verdict["skipped"], reverse=True)
    assert known == "test_known"
    assert skipped.endswith("no gpu")


def test_keystrokes_solve_it(outcomes):
    result = outcomes["keys", "oracle"]
    assert (result.reward, result.verdict["output"][-300:]) == (
        1.0,
        result.verdict["output"][-300:],
    )


def test_the_services_keys_take_effect(outcomes):
    assert outcomes["service", "oracle"].reward == 1.0
    assert outcomes["service", "nop"].reward == 0.0


def test_an_older_tasks_keys_take_effect(bundles, outcomes):
    assert outcomes["old", "oracle"].reward == 1.0, outcomes["old", "oracle"].verdict
    assert outcomes["old", "nop"].reward == 0.0
    bundle = load_bundle(bundles / "old")
    assert bundle.instruction == "Find out what holds you.\n"
    assert bundle.sandbox_spec.limits.cpus == 0.5


def test_late_tests_are_a_failure(outcomes):
    result = outcomes["late", "oracle"]
    assert (result.valid, result.reward) == (True, 0.0)
    assert "run-tests.sh ends within 2 s" in checks(result)
