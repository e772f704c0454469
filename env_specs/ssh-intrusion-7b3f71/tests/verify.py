"""Verifier of ssh-intrusion-7b3f71. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import gzip, hashlib

@check('incident.json: host and address')
def _():
    report = json_file('/app/incident.json')
    wanted = {'host': 'ams-orders-14', 'address': '203.70.221.251'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['account', 'address', 'failures', 'first_login', 'host', 'session_seconds']


@check('incident.json: account and failures')
def _():
    report = json_file('/app/incident.json')
    wanted = {'account': 'nyilmaz', 'failures': 20}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['account', 'address', 'failures', 'first_login', 'host', 'session_seconds']


@check('incident.json: first_login and session_seconds')
def _():
    report = json_file('/app/incident.json')
    wanted = {'first_login': 'Mar  5 02:04:33', 'session_seconds': 1225}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['account', 'address', 'failures', 'first_login', 'host', 'session_seconds']


@check('the block list is complete, sorted and unique')
def _():
    assert lines('/app/blocklist.txt') == ['198.166.10.71', '198.230.45.134', '198.248.135.243', '198.66.174.60', '198.81.3.96', '198.95.197.51', '203.70.221.251']


@check('the evidence is unchanged')
def _():
    for path, digest in {'/app/logs/ams-orders-14/auth.log': 'bab5c26f384bb24815cb035bd4ddc923124b1af8e9cf964ce77dc36aedef1c7f', '/app/logs/dub-archive-10/auth.log': 'd76fd807afff08484680cb477cd1a929d3040e6199dc888942347b2009063ad5', '/app/logs/gva-ingest-12/auth.log': 'b3b1b890cc2ed36f981473878d2256cc2827935468b603d95f853adf1f2699b9', '/app/logs/ist-voucher-09/auth.log': 'ad6317b8eeed320ba02c9fc74e30bea4d5a73e36fd1443c1c49a17897a65c044', '/app/logs/par-roster-14/auth.log': '37d326778acb1eb5c1c7ba802e4858ecfc095b732d243db1b99b765cc96b93ae', '/app/logs/prg-ingest-18/auth.log': '7dfb52676609c63f111a65b7241bb31ee153aaf62fff42d894eb0ff3918fd837'}.items():
        assert sha256(path) == digest, path
    for path, digest in {'/app/logs/ams-orders-14/auth.log.1.gz': 'f8ffa4b0753dde780679da5467c20c00b90bd7002b9eb72daa2b0558b3b64502', '/app/logs/dub-archive-10/auth.log.1.gz': '50b4bbed18517e87ae73aa9467221b294772c50daed309f89480877d67f885ae', '/app/logs/gva-ingest-12/auth.log.1.gz': '3de3443f443797b3c4d899eda7a5ed3a262091ab983dd6eff13b15673afe4e5f', '/app/logs/ist-voucher-09/auth.log.1.gz': '4c6b51e85c377aa0b3ece59cbbb22bbd073487524bb1d13780db7b13d8f90932', '/app/logs/par-roster-14/auth.log.1.gz': 'c07eb5cc0a32af4797ff10e7e080f3e316aa6193d2d07c07afc70084234ac634', '/app/logs/prg-ingest-18/auth.log.1.gz': '6c071a812e80577147f2d4377edea80ed900983db1ff6ea69141e2ecc2bb583b'}.items():
        assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path

main()
