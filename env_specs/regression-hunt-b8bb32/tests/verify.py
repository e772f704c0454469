"""Verifier of regression-hunt-b8bb32. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the report: commit and author')
def _():
    report, wanted = json_file('/app/regression.json'), {'commit': 'ded73126fcd537962fd28e30d3d7ccf0b6db40fa', 'author': 'omar.varga@stonebrook.example'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('the report: ticket and file')
def _():
    report, wanted = json_file('/app/regression.json'), {'ticket': 'MED-6005', 'file': 'scale.py'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('the report: good and bad')
def _():
    report, wanted = json_file('/app/regression.json'), {'good': 2457147, 'bad': 2456498}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('main has exactly one new commit, and it says what it fixes')
def _():
    assert git('/app/larch', "rev-list", "--parents", "-1", "refs/heads/main").split()[1:] == ['a1e1c06101e40483684515f4a2b2e2e5786e76ab']
    message = git('/app/larch', "log", "-1", "--format=%B", "refs/heads/main").strip()
    assert message.splitlines()[-1] == "Fixes: ded73126fcd537962fd28e30d3d7ccf0b6db40fa", message


@check('main is checked out, clean, and no bisection is left open')
def _():
    assert git('/app/larch', "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git('/app/larch', "status", "--porcelain", "--untracked-files=all") == ""
    assert not exists('/app/larch/.git/BISECT_LOG')
    assert git('/app/larch', "rev-parse", "HEAD~1") == 'a1e1c06101e40483684515f4a2b2e2e5786e76ab'


@check("the commit touches nothing but the culprit's file, and keeps what else was done there")
def _():
    changed = git('/app/larch', "diff", "--name-only", "a1e1c06101e40483684515f4a2b2e2e5786e76ab", "refs/heads/main")
    assert changed == 'scale.py', changed
    source = git('/app/larch', "show", "refs/heads/main:" + 'scale.py')
    for note in ['merge qbugf', 'rename 858pr', 'merge fpzve', 'update ghcgq', 'rename 66ama', 'drop 8r5vj', 'sort akvws', 'shorten dmqra']:
        assert note in source, note


@check('the results are the right ones again, and the options work')
def _():
    for number, result in zip([64, 300, 784, 1482, 2047, 2119, 2839, 2936, 3464, 3715, 3751, 3897], [2915, 10164, 24321, 44462, 60951, 63360, 84414, 86966, 102707, 109736, 111133, 115390]):
        argv = ["python3", "-B", 'media.py', str(number), *['--trace-fj2a', '--trace-3st3', '--unit-sr7g']]
        code, out, err = run_agent_program(argv, cwd='/app/larch')
        assert (code, out.strip()) == (0, str(result)), (number, out, err[-200:])

main()
