"""Verifier of secret-purge-e77622. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('branches and tags are exactly the old history without the keys')
def _():
    found = git('/app/summit', "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert dict(row.split() for row in found) == {'refs/heads/main': '8ea3aae57fed956c7e3a7ef775159882d2c0b692', 'refs/heads/release/mrj98': 'ff6efe8ce721da38c870a6f7e8a9dfea6d7f8b14', 'refs/heads/release/jnc77': 'f6e702471f44eb97018ca2717735cfe187a09b23', 'refs/heads/topic/v57e3': '557f5420eca8f55998e5e149569aa929a86c19be', 'refs/tags/v0.2': '83bebfa3f5bb7fd370cc196c86d1837cda81263a', 'refs/tags/v0.13': 'c954440f1afbf8cce6ce2e3cbaa8d98da29196b9', 'refs/tags/v0.19': '3a3f5b9b4aea81c91be9b2f4a169ba0895d802f3', 'refs/tags/v0.20': '7bf349405907997110a7f62e31e9f76d0a9e6cd7', 'refs/tags/v0.44': '217f6229f40d06538d697bc62d20b502b4e43ba4'}, found


@check('no object holds a leaked key')
def _():
    names = git('/app/summit', "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    blobs = "".join(row.split()[0] + "\n" for row in names.splitlines() if row.endswith("blob"))
    shown = sh(["git", "-C", '/app/summit', "cat-file", "--batch"], stdin=blobs).stdout
    assert len(shown) > 200
    for key in ['tok.cnhtw38smcpm96zypvp9vep', 'tok.chr4qbynm8ztpw4twtxw7a6']:
        assert key not in shown, "a key is left"


@check('main is checked out and clean')
def _():
    assert git('/app/summit', "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git('/app/summit', "status", "--porcelain", "--untracked-files=all") == ""
    assert git('/app/summit', "rev-parse", "HEAD") == '8ea3aae57fed956c7e3a7ef775159882d2c0b692'


@check('the report: sha256 and file')
def _():
    report = json_file('/app/leaks.json')
    assert [{key: row[key] for key in ('sha256', 'file')} for row in report] == [{'sha256': '99da1c1a7f8471abaa6b441ef740559b0fb5bb37c518096cca8ed6a51f5cc1ed', 'file': 'deploy/payments.env'}, {'sha256': '7b97b42014c75c315a28c74bd1b5924ec701c4dfbe58934a8dc304839d0cf932', 'file': 'deploy/search.env'}], report
    assert all(len(row) == 5 for row in report)


@check('the report: commit and author')
def _():
    report = json_file('/app/leaks.json')
    assert [{key: row[key] for key in ('commit', 'author')} for row in report] == [{'commit': '3d470844969fb31273c259a17142d20025788ee3', 'author': 'petra.tanaka@underhill.example'}, {'commit': '00791fb5c383b3217c6feeb150c3c93534b6188a', 'author': 'jonas.ueda@underhill.example'}], report
    assert all(len(row) == 5 for row in report)


@check('the report: commits')
def _():
    report = json_file('/app/leaks.json')
    assert [{key: row[key] for key in ('commits',)} for row in report] == [{'commits': 9}, {'commits': 3}], report
    assert all(len(row) == 5 for row in report)

main()
