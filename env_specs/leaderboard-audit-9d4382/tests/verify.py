"""Verifier of leaderboard-audit-9d4382. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the leaked items are listed')
def _():
    assert lines('/app/leaked.txt') == ['t25062', 't26059', 't29852', 't31500', 't40426', 't41135', 't46968', 't48167', 't57859', 't66715', 't72537', 't73955', 't74459', 't75641', 't78048', 't83381', 't84230', 't84339', 't87014', 't87981', 't88436', 't89219', 't91868', 't93046', 't94799', 't96524']


@check("the models' before is right")
def _():
    report = json_file('/app/audit.json')
    assert set(report) == set(['alder-14b', 'garnet-32b', 'kestrel-14b', 'tern-8b'])
    for model, value in {'alder-14b': 79.28, 'garnet-32b': 83.78, 'kestrel-14b': 58.56, 'tern-8b': 83.78}.items():
        assert set(report[model]) == {"before", "after", "macro_f1"}
        assert abs(report[model]['before'] - value) < 0.001, model


@check("the models' after is right")
def _():
    report = json_file('/app/audit.json')
    assert set(report) == set(['alder-14b', 'garnet-32b', 'kestrel-14b', 'tern-8b'])
    for model, value in {'alder-14b': 78.82, 'garnet-32b': 81.18, 'kestrel-14b': 57.65, 'tern-8b': 78.82}.items():
        assert set(report[model]) == {"before", "after", "macro_f1"}
        assert abs(report[model]['after'] - value) < 0.001, model


@check("the models' macro_f1 is right")
def _():
    report = json_file('/app/audit.json')
    assert set(report) == set(['alder-14b', 'garnet-32b', 'kestrel-14b', 'tern-8b'])
    for model, value in {'alder-14b': 80.39, 'garnet-32b': 83.41, 'kestrel-14b': 59.89, 'tern-8b': 83.5}.items():
        assert set(report[model]) == {"before", "after", "macro_f1"}
        assert abs(report[model]['macro_f1'] - value) < 0.001, model


@check('test set and predictions are as they were')
def _():
    import hashlib
    for path, digest in {'/app/test.jsonl': 'fc241fff4bb51d592be2d7f7f20b7333c4cb9baa500acd25c0216d0ecc223a01', '/app/predictions/alder-14b.jsonl': 'e44478f7392a5da56d60245d1c7acc63f96759858e4fdc1fbb80b3ae9d1879aa', '/app/predictions/garnet-32b.jsonl': '1e6ac4d762515a699224845000760fa87738a350d19af5b1c19c366e7a597642', '/app/predictions/kestrel-14b.jsonl': 'c4bf6b38fca936bda7247e9e5e1ce16b3bd2e9282cd0a38bfe41ca88a665fd96', '/app/predictions/tern-8b.jsonl': '9fec5dd462d00f1d7b8a00fed48485f97c7d44c620cdc5d5e140d32b199779fe'}.items():
        assert sha256(path) == digest, path

main()
