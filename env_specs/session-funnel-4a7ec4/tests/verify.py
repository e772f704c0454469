"""Verifier of session-funnel-4a7ec4. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the table is right')
def _():
    assert lines('/app/variants.csv') == ['variant,users,sessions,view,search,cart,pay,rate', 'cobalt,37,69,69,33,20,10,14.49', 'fathom,45,81,81,49,28,12,14.81', 'indigo,45,77,77,58,50,33,42.86', 'walnut,46,80,80,46,26,11,13.75']


@check('the report: best and z')
def _():
    report, wanted = json_file('/app/result.json'), {'best': 'indigo', 'z': 5.271}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the report: bots and conflicting')
def _():
    report, wanted = json_file('/app/result.json'), {'bots': 12, 'conflicting': 18}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the report: duplicates')
def _():
    report, wanted = json_file('/app/result.json'), {'duplicates': 73}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['best', 'bots', 'conflicting', 'duplicates', 'z']


@check('the events are as they were')
def _():
    import gzip, hashlib
    for path, digest in {'/app/events/collector-1.jsonl.gz': '7de3a569d05c9bdf79fd87d349a5e11333d6015e0df3358d074f60caa53bdf42', '/app/events/collector-2.jsonl.gz': 'a3a89da63177e915519c6a8602f32921ddded7e76b4ca21ab99e28be03623489', '/app/events/collector-3.jsonl.gz': '44ad346c571f30a625bddf02abb822c908d9b64ae31fa4925c9a3a317e8a8326', '/app/events/collector-4.jsonl.gz': 'ee5246bcb086055d199f2dc38bcebc03aba651d7b62a6e45323b6d9372a71d66'}.items():
        assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path

main()
