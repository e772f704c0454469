"""Run the tests: most of them beside one another, then those that must be alone; one result.

Usage: scripts/run_tests.py [ARGUMENT OF PYTEST ...]     (TESTS_AT_ONCE sets how many)

Most tests wait for shells, sandboxes and engines, so more run at once than there are processors.
Those marked `alone` measure, or count and reap what others have as well.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

_FAILED, _NOTHING_COLLECTED = 1, 5
_KINDS = ("tests", "failures", "errors", "skipped")


def main(arguments: list[str]) -> int:
    """Run both passes; 0 where nothing failed, and something ran."""
    at_once = os.environ.get("TESTS_AT_ONCE") or str(min(16, 2 * (os.cpu_count() or 1)))
    passes = {
        "beside one another": ["-n", at_once, "--dist", "loadgroup", "-m", "not alone"],
        "alone": ["-m", "alone"],
    }
    if not any(Path(argument.split("::")[0]).exists() for argument in arguments):
        passes["alone"] += _files_with("mark.alone")  # collecting all others takes longer
    began = time.monotonic()
    codes, total = [], Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for name, options in passes.items():
            print(f"tests that run {name}:", flush=True)
            report = Path(folder, "report.xml")
            codes.append(_pytest([*options, f"--junitxml={report}", *arguments]))
            total += _counts(report)
            report.unlink(missing_ok=True)
            if codes[-1] not in (0, _FAILED, _NOTHING_COLLECTED):
                break  # interrupted, killed, or wrongly called
    failed = total["failures"] + total["errors"]
    ok = all(code in (0, _NOTHING_COLLECTED) for code in codes) and 0 in codes
    passed = total["tests"] - failed - total["skipped"]
    print(
        f"tests {'passed' if ok else 'FAILED'}: {passed} passed, {failed} failed,"
        f" {total['skipped']} skipped, in {time.monotonic() - began:.0f} s"
    )
    return 0 if ok else 1


def _files_with(mark: str) -> list[str]:
    files = Path("tests").rglob("test_*.py")
    return sorted(str(file) for file in files if mark in file.read_text())


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode


def _counts(report: Path) -> Counter[str]:
    """What a pass counted; nothing where it broke off before it could say."""
    if not report.exists():
        return Counter()
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    return sum((Counter({k: int(s.get(k, 0)) for k in _KINDS}) for s in suites), Counter())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
