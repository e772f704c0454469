"""tests/test.sh of a converted task, run by a real bash on what run-tests.sh printed."""

import json
import os
import subprocess

import pytest
from tb1_tasks import TASK, write_task

from terminal_gym.importers.terminal_bench import convert_task

HEADER = "=========================== short test summary info ============================\n"


def graded(tmp_path, printed, *, parser="pytest", script="cat /tests/printed", limit="60.0"):
    """(reward, checks by status, what test.sh printed) of a run-tests.sh that prints this."""
    task = TASK.replace("parser_name: pytest", f"parser_name: {parser}")
    files = {"task.yaml": task.replace("_test_timeout_sec: 60.0", f"_test_timeout_sec: {limit}")}
    source = write_task(tmp_path / "task", {**files, "run-tests.sh": script})
    (source / "tests" / "printed").write_bytes(
        printed if isinstance(printed, bytes) else printed.encode()
    )
    tests = convert_task(source, tmp_path / "out").path / "tests"
    for path in (tests / "test.sh", tests / "run-tests.sh"):
        text = path.read_text().replace("/logs/verifier", f"{tmp_path}/logs")
        path.write_text(text.replace("/tests/", f"{tests}/"))
    run = subprocess.run(
        ["bash", tests / "test.sh"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={"PATH": os.defpath},
    )
    if not (tmp_path / "logs" / "reward.txt").exists():
        return None, {}, run.stderr
    report = json.loads((tmp_path / "logs" / "ctrf.json").read_bytes())
    found = report["results"]["tests"]
    summary = report["results"]["summary"]
    for status in ("passed", "failed", "skipped"):
        assert summary[status] == sum(test["status"] == status for test in found)
    reward = float((tmp_path / "logs" / "reward.txt").read_text())
    return reward, {test["name"]: test["status"] for test in found}, run.stdout


def test_all_passed(tmp_path):
    printed = f"....\n{HEADER}PASSED a.py::test_one\nPASSED a.py::test_two[x - y]\n== 2 passed ==\n"
    reward, checks, _ = graded(tmp_path, printed)
    assert (reward, checks) == (1.0, {"test_one": "passed", "test_two[x - y]": "passed"})


@pytest.mark.parametrize(
    ("line", "name", "status"),
    [
        ("FAILED a.py::test_b - AssertionError: x - y", "test_b", "failed"),
        ("\x1b[31mFAILED\x1b[0m a.py::\x1b[1mtest_b\x1b[0m", "test_b", "failed"),
        ("ERROR a.py::test_b - ValueError", "test_b", "failed"),
        ("ERROR a.py", "a.py", "failed"),
        ("XPASS a.py::test_b - fixed?", "test_b", "failed"),
        ("XFAIL a.py::test_b - known", "test_b", "skipped"),
        ("SKIPPED [1] a.py:5: no gpu", "[1] a.py:5: no gpu", "skipped"),
        ('FAILED a.py::test_b["\\\\é]', 'test_b["\\\\??]', "failed"),
    ],
)
def test_one_that_did_not_pass_is_reported_and_costs_the_reward(tmp_path, line, name, status):
    reward, checks, said = graded(tmp_path, f"{HEADER}PASSED a.py::test_one\n{line}\n")
    assert (reward, checks) == (0.0, {"test_one": "passed", name: status})
    assert f"{status}: " in said


def test_a_failure_is_not_mended_by_a_later_test_of_that_name(tmp_path):
    printed = f"{HEADER}FAILED a.py::test_x\nPASSED b.py::test_x\n"
    assert graded(tmp_path, printed)[:2] == (0.0, {"test_x": "failed"})


@pytest.mark.parametrize(
    "printed",
    ["", "2 passed in 0.1s\n", "PASSED a.py::test_one\n", HEADER, f"{HEADER}no tests ran\n"],
)
def test_where_no_test_ran_nothing_is_solved(tmp_path, printed):
    assert graded(tmp_path, printed)[0] == 0.0


def test_names_run_nothing(tmp_path):
    name = "test_$(touch hacked)`touch hacked`[a];touch hacked"
    reward, checks, _ = graded(tmp_path, f"{HEADER}PASSED a.py::{name}\n")
    assert (reward, checks) == (1.0, {name: "passed"})
    assert not list(tmp_path.rglob("hacked"))


@pytest.mark.parametrize(
    ("parser", "printed", "reward"),
    [
        ("swebench", "x SWEBench results starts here\nPASSED\nSWEBench results ends here", 1),
        ("swebench", "SWEBench results starts here\nFAILED\nSWEBench results ends here", 0),
        ("swebench", "SWEBench results starts here\nPASSED", 0),
        ("sweperf", "SWE-Perf results starts here\n PASSED \nSWE-Perf results ends here\n", 1),
        ("sweperf", "PASSED", 0),
        ("mlebench", "MLEBench results starts here\nALL TESTS PASSED\nMLEBench results ends", 0),
        ("mlebench", "MLEBench results starts here ALL TESTS PASSED", 1),
        ("mlebench", "ALL TESTS PASSED\n", 1),
        ("mlebench", "MLEBench results starts here\nno\nMLEBench results ends here", 0),
        ("swelancer", "... SWE Lancer SUCCESS", 1),
        ("swelancer", "swe lancer failure", 0),
        ("swelancer", "user_tool run\ncompleted", 1),
        ("swelancer", "nothing", 0),
    ],
)  # fmt: skip
def test_the_other_parsers(tmp_path, parser, printed, reward):
    assert graded(tmp_path, printed, parser=parser)[0] == reward


def test_late_tests_fail_and_do_not_fault(tmp_path):
    script = "cat /tests/printed\nsleep 60\n"
    printed = f"{HEADER}PASSED a.py::test_one\n"
    reward, checks, _ = graded(tmp_path, printed, script=script, limit="1")
    assert reward == 0.0
    assert checks == {"test_one": "passed", "run-tests.sh ends within 1 s": "failed"}


def test_binary_output(tmp_path):
    printed = b"\x00\xff\xfe\n" + HEADER.encode() + b"PASSED a.py::test_\xff\n"
    assert graded(tmp_path, printed)[:2] == (1.0, {"test_?": "passed"})
