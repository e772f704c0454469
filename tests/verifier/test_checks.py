"""Helpers of verifiers against what an agent may leave."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from terminal_gym.verifier import checks


@pytest.fixture
def endless(tmp_path):
    """A database whose only table is a view without an end."""
    path = tmp_path / "endless.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(
            "create view t as with recursive n(x) as (select 1 union all select x + 1 from n)"
            " select x from n"
        )
    return path


def test_a_view_without_an_end_fails_soon(endless, monkeypatch):
    monkeypatch.setattr(checks, "QUERY_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(AssertionError, match="interrupted"):
        checks.sqlite(endless, "select count(*) from t")
    assert time.monotonic() - began < 20
    with pytest.raises(AssertionError, match="more than 1000 rows"):
        checks.sqlite(endless, "select x from t", max_rows=1000)
    assert checks.sqlite(endless, "select x from t limit 2") == [(1,), (2,)]


def test_what_leads_to_the_verifiers_own_files_is_not_read(tmp_path, monkeypatch):
    tests, app = tmp_path / "tests", tmp_path / "app"
    tests.mkdir()
    app.mkdir()
    (tests / "expected.json").write_text("[42]")
    (app / "out").symlink_to(tests)
    monkeypatch.setattr(checks, "TESTS", tests)
    assert checks.json_file(tests / "expected.json") == [42]
    with pytest.raises(AssertionError, match="leads to the verifier's own files"):
        checks.json_file(app / "out" / "expected.json")


def test_a_name_that_is_no_text_is_read_too(tmp_path):
    name = bytes(tmp_path) + b"/caf\xe9"
    with open(name, "wb") as file:  # noqa: PTH123 - no Path holds it
        file.write(b"au lait")
    assert checks.data(name) == b"au lait"


@pytest.mark.parametrize(
    ("hasty", "statuses"),
    [("", ["passed", "failed", "passed"]), ("1", ["passed", "failed", "skipped"])],
)
def test_checks_after_a_failure_are_skipped_only_where_that_is_asked_for(
    tmp_path, monkeypatch, hasty, statuses
):
    monkeypatch.setattr(checks, "LOGS", tmp_path / "logs" / "verifier")
    monkeypatch.setattr(checks, "TESTS", tmp_path)
    monkeypatch.setattr(checks, "_checks", [])
    monkeypatch.setenv("CHECKS_FIRST_FAILURE", hasty)
    for name, holds in (("first", True), ("second", False), ("third", True)):
        checks.check(name)(lambda holds=holds: holds)
    checks.main()
    results = json.loads((checks.LOGS / "ctrf.json").read_text())["results"]
    assert [test["status"] for test in results["tests"]] == statuses
    assert results["summary"]["skipped"] == statuses.count("skipped")
    assert (checks.LOGS / "reward.txt").read_text() == "0.0\n"


def test_every_bundle_has_the_helpers_as_they_are():
    script = Path(__file__).parents[2] / "scripts/sync_checks.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"run make sync: {done.stdout}{done.stderr}"
