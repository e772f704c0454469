"""Verifier of lost-commits-1f1a8c. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the lost branch is back, with its hash')
def _():
    assert git('/app/osprey', 'rev-parse', 'refs/heads/parcel-tuning') == 'dfb4f6e2e4d90997321f4bdd87d33a9bfe08b351'


@check('the other branches stand where they stood, and there are no more')
def _():
    heads = git('/app/osprey', "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert sorted(heads) == ['main', 'parcel-again', 'parcel-tuning', 'willow'], heads
    for name, sha in {'main': 'b5f7976c066b72a16078e3d4f046772dbd3c5113', 'willow': 'a93a850f832d81c31931673a38254caf4415ed67'}.items():
        assert git('/app/osprey', "rev-parse", "refs/heads/" + name) == sha, name


@check('the new branch is checked out, clean and nothing is half done')
def _():
    assert git('/app/osprey', "symbolic-ref", "HEAD") == "refs/heads/parcel-again"
    assert git('/app/osprey', "status", "--porcelain", "--untracked-files=all") == ""
    for name in ("CHERRY_PICK_HEAD", "rebase-merge", "rebase-apply", "sequencer"):
        assert not exists('/app/osprey' + "/.git/" + name), name


@check('the report is right')
def _():
    report = json_file('/app/recovered.json')
    emails = git('/app/osprey', "log", "--format=%ae", "9b43c47034f5d5ee534ea60555a5eaf97e366c35..dfb4f6e2e4d90997321f4bdd87d33a9bfe08b351").split()
    assert report == {"tip": 'dfb4f6e2e4d90997321f4bdd87d33a9bfe08b351', "base": '9b43c47034f5d5ee534ea60555a5eaf97e366c35', "authors": sorted(set(emails)), "skipped": 3}, report


@check('the new branch carries the commits one for one on top of main')
def _():
    new = git('/app/osprey', "rev-list", "--reverse", "--parents", "b5f7976c066b72a16078e3d4f046772dbd3c5113..refs/heads/parcel-again").splitlines()
    chain = ['b5f7976c066b72a16078e3d4f046772dbd3c5113', *(row.split()[0] for row in new)]
    assert [row.split()[1:] for row in new] == [[one] for one in chain[:-1]], new
    form = "--format=%an <%ae> %at%n%B"
    shown = [git('/app/osprey', "log", "-1", form, one).strip() for one in chain[1:]]
    assert shown == [git('/app/osprey', "log", "-1", form, one).strip() for one in ['dfb4f6e2e4d90997321f4bdd87d33a9bfe08b351']], shown


@check('each commit has its own changes, and the lost lines win')
def _():
    chain = git('/app/osprey', "rev-list", "--reverse", "b5f7976c066b72a16078e3d4f046772dbd3c5113..refs/heads/parcel-again").split()
    assert len(chain) == 1
    added = lambda one: [l for l in git('/app/osprey', "show", "--format=", "-U0", one).splitlines() if l[:1] == "+" and l[:3] != "+++"]
    for new, old in zip(chain, ['dfb4f6e2e4d90997321f4bdd87d33a9bfe08b351']):
        assert added(new) == added(old), new
        assert git('/app/osprey', "show", "--format=", "--name-only", new) == "parcel.conf"
    found = git('/app/osprey', "show", "refs/heads/parcel-again:parcel.conf").splitlines()
    assert [row for row in found if " = " in row] == ['retries = 2045', 'timeout = 85', 'batch_size = 12', 'window = 572', 'backoff = 341', 'workers = 144', 'queue_depth = 84', 'max_age = 351', 'threshold = 359', 'burst = 209'], found

main()
