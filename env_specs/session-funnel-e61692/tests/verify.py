"""Verifier of session-funnel-e61692. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the table is right')
def _():
    assert lines('/app/funnel.csv') == ['variant,users,sessions,view,search,cart,address,pay,rate', 'cairn,28,55,55,44,30,23,15,27.27', 'pebble,45,80,79,40,23,13,8,10.00', 'summit,27,44,44,32,30,23,16,36.36']


@check('the report: best and z')
def _():
    report, wanted = json_file('/app/experiment.json'), {'best': 'summit', 'z': 2.697}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the report: bots and conflicting')
def _():
    report, wanted = json_file('/app/experiment.json'), {'bots': 2, 'conflicting': 6}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the report: duplicates')
def _():
    report, wanted = json_file('/app/experiment.json'), {'duplicates': 47}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the events are as they were')
def _():
    import gzip, hashlib
    for path, digest in {'/app/events/collector-1.jsonl.gz': 'dc0f63328438539ba9ba1d4edc5cf7fd6b1cd14b4972b121a5588727210eceee', '/app/events/collector-2.jsonl.gz': 'b84fbecd093a5893c1362bee59bb756a182e91af87699175184469363b8366c5', '/app/events/collector-3.jsonl.gz': '823775349b37e29500c280969df031da33767573bf0001635723414d50a16a1e'}.items():
        assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path

main()
