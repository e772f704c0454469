"""Verifier of token-leak-a4b718. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('leaks.json: id and status')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('id', 'status')] for leak in leaks] == json.loads('[["T-1884", "active"], ["T-2850", "expired"], ["T-6795", "revoked"], ["T-8669", "active"]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('leaks.json: commit and author')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('commit', 'author')] for leak in leaks] == json.loads('[["9df465c89569914a734db90d2670f8684528a0b7", "quentin.dubois@hollowfield.example"], ["ced653d09d5955232315c34be877bfa8988744dc", "quentin.dubois@hollowfield.example"], ["7a90950b49456b74577bb5d5b17b97a2afad4e62", "quentin.dubois@hollowfield.example"], ["8462ed6e1f2443ad4f5a3623bd629ce9e8622b74", "quentin.dubois@hollowfield.example"]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('leaks.json: path and present')
def _():
    import json
    leaks = json_file('/app/leaks.json')
    assert [[leak.get(key) for key in ('path', 'present')] for leak in leaks] == json.loads('[["identity/deploy.sh", false], ["vault/deploy.sh", false], ["parcel/settings.ini", true], ["parcel/client.py", false]]')
    assert all(set(leak) == set(['author', 'commit', 'id', 'path', 'present', 'status']) for leak in leaks)


@check('revoke.txt orders the active tokens by their exposure')
def _():
    assert lines('/app/revoke.txt') == ['T-1884', 'T-8669']


@check('repository and register are unchanged, and no token was copied')
def _():
    found = git('/app/lantern', "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert dict(row.split() for row in found) == {'refs/heads/main': '82787aa9fc2ace1feb0c08f71320e23980d90cd0'}, found
    assert git('/app/lantern', "status", "--porcelain", "--untracked-files=all") == ""
    assert 'tk_' not in text('/app/leaks.json') + text('/app/revoke.txt')


@check('the register is unchanged')
def _():
    for path, digest in {'/app/register.csv': 'a080a327ff80f79da3a0a755fe1bae98bd366e762cb77eaafaefe87cba209ffc'}.items():
        assert sha256(path) == digest, path + " changed"

main()
