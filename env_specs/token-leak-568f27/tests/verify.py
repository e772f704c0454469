"""Verifier of token-leak-568f27. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('leaks.json: id and status')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('id', 'status')] for leak in leaks] == json.loads('[["T-3059", "expired"], ["T-3804", "revoked"], ["T-4998", "active"], ["T-6156", "revoked"], ["T-7176", "active"], ["T-7695", "active"], ["T-8022", "expired"], ["T-9316", "revoked"]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('leaks.json: commit and author')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('commit', 'author')] for leak in leaks] == json.loads('[["1d720eb72734b97d3667fe3aae123fb17f64de51", "tara.farouk@greywater.example"], ["efa4805b89f8747c560b40c9e0f6c72b91bf7775", "lena.park@greywater.example"], ["de20befbe22e7c01ef1f8766c5e488b759158176", "uma.quispe@greywater.example"], ["725316336feeff750a27b361aea91a7932deb22e", "uma.quispe@greywater.example"], ["959d612e6c630941e6fb710a610dbc8c35f2bea9", "lena.park@greywater.example"], ["065f82239ae10de2ff27f4fe1cd75cf021a44715", "lena.park@greywater.example"], ["0716db35bf5a0d8cd13a9f372acfb886cba4eda1", "tara.farouk@greywater.example"], ["99d3fab56b0bab4cd5d4a99a0e6fdcb11a7a2790", "tara.farouk@greywater.example"]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('leaks.json: path and present')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('path', 'present')] for leak in leaks] == json.loads('[["geo/deploy.sh", false], ["geo/settings.ini", true], ["ingest/settings.ini", false], ["quota/settings.ini", true], ["usage/client.py", false], ["usage/deploy.sh", false], ["usage/settings.ini", true], ["quota/client.py", false]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('revoke.txt orders the active tokens by their exposure')
def _():
    assert lines('/app/revoke.txt') == ['T-7695', 'T-7176', 'T-4998']


@check('repository and register are unchanged, and no token was copied')
def _():
    found = git('/app/ember', "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert dict(row.split() for row in found) == {'refs/heads/trunk': 'f84da5f481f52fa1245f6efeb3bd2f433f31428e', 'refs/heads/fix/ybxuj': 'c291ea4851a87595522831486d95f1ede82a9286', 'refs/heads/feature/rgnfe': 'd5b3605d92ac502ec92344e6fe662d5d74d4cbe3'}, found
    assert git('/app/ember', "status", "--porcelain", "--untracked-files=all") == ""
    assert 'gre_' not in text('/app/leaks.json') + text('/app/revoke.txt')


@check('the register is unchanged')
def _():
    for path, digest in {'/app/register.csv': 'a33274fc56a8df167353e0b122ce69a0aaad529049369fbf07bca538ff7e1c0b'}.items():
        assert sha256(path) == digest, path + " changed"

main()
