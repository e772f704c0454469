"""Verifier of zone-repair-2c1755. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

def zone(path):
    """Serial, records, their TTLs, and all other records of a zone file."""
    origin = owner = "."
    default, serial, found, ttls, other = 0, None, [], {}, []
    raw = [line.split(";")[0].rstrip() for line in lines(path)]
    joined, depth = [], 0
    for line in raw:
        if depth:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
        depth += line.count("(") - line.count(")")
    full = lambda name: origin if name == "@" else name if name.endswith(".") else name + "." + origin
    for line in joined:
        words = line.replace("(", " ").replace(")", " ").split()
        if not words:
            continue
        if words[0] == "$ORIGIN":
            origin = full(words[1])
            continue
        if words[0] == "$TTL":
            default = int(words[1])
            continue
        if not line[0].isspace():
            owner = full(words.pop(0)).lower()
        ttl = default
        while words[0] == "IN" or words[0].isdigit():
            ttl = int(words[0]) if words[0].isdigit() else ttl
            words.pop(0)
        kind, rest = words[0], words[1:]
        if kind == "SOA":
            serial = int(rest.pop(2))
        if kind in ("CNAME", "PTR", "NS"):
            rest[0] = full(rest[0]).lower()
        if kind in ("A", "CNAME", "PTR"):
            found.append(" ".join([owner, kind, *rest]))
            ttls[owner + " " + kind] = ttl
        else:
            other.append(" ".join([owner, kind, *rest]))
    return serial, found, ttls, other

@check('changes.csv lists every record that was wrong, missing or stale')
def _():
    assert lines('/app/changes.csv') == ['zone,name,type,old,new', '1.120.10.in-addr.arpa,166.1.120.10.in-addr.arpa.,PTR,cph-profile-01.greywater.example.,waw-refund-03.greywater.example.', '1.120.10.in-addr.arpa,184.1.120.10.in-addr.arpa.,PTR,,lon-courier-03.greywater.example.', '1.120.10.in-addr.arpa,2.1.120.10.in-addr.arpa.,PTR,lon-courier-03.greywater.example.,', '1.120.10.in-addr.arpa,252.1.120.10.in-addr.arpa.,PTR,hel-geo-01.greywater.example.,', '1.120.10.in-addr.arpa,254.1.120.10.in-addr.arpa.,PTR,cph-parcel-09.greywater.example.,', '1.120.10.in-addr.arpa,97.1.120.10.in-addr.arpa.,PTR,,vie-geo-15.greywater.example.', 'greywater.example,cph-parcel-09.greywater.example.,A,10.120.1.254,', 'greywater.example,cph-profile-11.greywater.example.,A,,10.120.1.143', 'greywater.example,gateway.greywater.example.,CNAME,,sto-image-07.greywater.example.', 'greywater.example,hel-geo-01.greywater.example.,A,10.120.1.252,', 'greywater.example,image.greywater.example.,CNAME,gva-inventory-13.greywater.example.,sto-stock-08.greywater.example.', 'greywater.example,ledger.greywater.example.,CNAME,,sto-ledger-02.greywater.example.', 'greywater.example,lon-courier-03.greywater.example.,A,10.120.1.2,10.120.1.184', 'greywater.example,osl-payments-11.greywater.example.,A,10.120.1.253,']


@check('the zone greywater.example. says what the inventory says')
def _():
    serial, found, ttls, other = zone('/app/zones/greywater.example.zone')
    assert sorted(found) == ['api.greywater.example. CNAME gva-inventory-13.greywater.example.', 'cph-profile-11.greywater.example. A 10.120.1.143', 'cph-vault-06.greywater.example. A 10.120.1.4', 'dub-auth-18.greywater.example. A 10.120.4.29', 'dub-invoice-16.greywater.example. A 10.120.1.93', 'fra-tickets-16.greywater.example. A 10.120.4.238', 'fra-wallet-11.greywater.example. A 10.120.4.63', 'gateway.greywater.example. CNAME sto-image-07.greywater.example.', 'gva-inventory-13.greywater.example. A 10.120.4.83', 'image.greywater.example. CNAME sto-stock-08.greywater.example.', 'ingest.greywater.example. CNAME fra-wallet-11.greywater.example.', 'inventory.greywater.example. CNAME mil-accounts-18.greywater.example.', 'ledger.greywater.example. CNAME sto-ledger-02.greywater.example.', 'lon-courier-03.greywater.example. A 10.120.1.184', 'lon-payments-14.greywater.example. A 10.120.1.60', 'mil-accounts-18.greywater.example. A 10.120.4.23', 'mil-returns-14.greywater.example. A 10.120.1.11', 'osl-transit-11.greywater.example. A 10.120.1.203', 'prg-auth-02.greywater.example. A 10.120.1.215', 'prg-billing-05.greywater.example. A 10.120.4.164', 'prg-dispatch-07.greywater.example. A 10.120.4.82', 'prg-pricing-18.greywater.example. A 10.120.4.145', 'sto-image-07.greywater.example. A 10.120.1.75', 'sto-ledger-02.greywater.example. A 10.120.4.8', 'sto-stock-08.greywater.example. A 10.120.1.187', 'sto-tickets-04.greywater.example. A 10.120.4.52', 'sto-wallet-07.greywater.example. A 10.120.1.219', 'vie-geo-15.greywater.example. A 10.120.1.97', 'vie-tracker-03.greywater.example. A 10.120.4.153', 'waw-payments-04.greywater.example. A 10.120.4.162', 'waw-refund-03.greywater.example. A 10.120.1.166', 'waw-sync-14.greywater.example. A 10.120.4.144']
    assert {key: ttls[key] for key in ['api.greywater.example. CNAME', 'cph-vault-06.greywater.example. A', 'dub-auth-18.greywater.example. A', 'dub-invoice-16.greywater.example. A', 'fra-tickets-16.greywater.example. A', 'fra-wallet-11.greywater.example. A', 'gva-inventory-13.greywater.example. A', 'ingest.greywater.example. CNAME', 'inventory.greywater.example. CNAME', 'lon-payments-14.greywater.example. A', 'mil-accounts-18.greywater.example. A', 'mil-returns-14.greywater.example. A', 'osl-transit-11.greywater.example. A', 'prg-auth-02.greywater.example. A', 'prg-billing-05.greywater.example. A', 'prg-dispatch-07.greywater.example. A', 'prg-pricing-18.greywater.example. A', 'sto-image-07.greywater.example. A', 'sto-ledger-02.greywater.example. A', 'sto-stock-08.greywater.example. A', 'sto-tickets-04.greywater.example. A', 'sto-wallet-07.greywater.example. A', 'vie-geo-15.greywater.example. A', 'vie-tracker-03.greywater.example. A', 'waw-payments-04.greywater.example. A', 'waw-refund-03.greywater.example. A', 'waw-sync-14.greywater.example. A']} == {'prg-auth-02.greywater.example. A': 3600, 'dub-auth-18.greywater.example. A': 1800, 'lon-payments-14.greywater.example. A': 7200, 'waw-sync-14.greywater.example. A': 1800, 'sto-wallet-07.greywater.example. A': 1800, 'sto-ledger-02.greywater.example. A': 1800, 'vie-tracker-03.greywater.example. A': 7200, 'sto-stock-08.greywater.example. A': 1800, 'fra-wallet-11.greywater.example. A': 1800, 'sto-image-07.greywater.example. A': 1800, 'sto-tickets-04.greywater.example. A': 7200, 'osl-transit-11.greywater.example. A': 7200, 'gva-inventory-13.greywater.example. A': 7200, 'waw-refund-03.greywater.example. A': 7200, 'prg-pricing-18.greywater.example. A': 1800, 'cph-vault-06.greywater.example. A': 1800, 'fra-tickets-16.greywater.example. A': 1800, 'prg-billing-05.greywater.example. A': 1800, 'vie-geo-15.greywater.example. A': 1800, 'prg-dispatch-07.greywater.example. A': 1800, 'mil-returns-14.greywater.example. A': 1800, 'mil-accounts-18.greywater.example. A': 3600, 'dub-invoice-16.greywater.example. A': 1800, 'waw-payments-04.greywater.example. A': 300, 'ingest.greywater.example. CNAME': 1800, 'api.greywater.example. CNAME': 1800, 'inventory.greywater.example. CNAME': 3600}


@check('the zone greywater.example. has its new serial, and the rest is as it was')
def _():
    serial, found, ttls, other = zone('/app/zones/greywater.example.zone')
    assert serial == 2024091606, serial
    assert sorted(other) == ['greywater.example. MX 10 mx1.mailhub.example.', 'greywater.example. NS ns1.anycast.example.', 'greywater.example. NS ns2.anycast.example.', 'greywater.example. SOA ns1.anycast.example. hostmaster.greywater.example. 7200 900 1209600 300', 'greywater.example. TXT "v=spf1 include:mailhub.example -all"', 'lab.greywater.example. NS ns1.lab-dns.example.'], other


@check('the zone 1.120.10.in-addr.arpa. says what the inventory says')
def _():
    serial, found, ttls, other = zone('/app/zones/1.120.10.in-addr.arpa.zone')
    assert sorted(found) == ['11.1.120.10.in-addr.arpa. PTR mil-returns-14.greywater.example.', '143.1.120.10.in-addr.arpa. PTR cph-profile-11.greywater.example.', '166.1.120.10.in-addr.arpa. PTR waw-refund-03.greywater.example.', '184.1.120.10.in-addr.arpa. PTR lon-courier-03.greywater.example.', '187.1.120.10.in-addr.arpa. PTR sto-stock-08.greywater.example.', '203.1.120.10.in-addr.arpa. PTR osl-transit-11.greywater.example.', '215.1.120.10.in-addr.arpa. PTR prg-auth-02.greywater.example.', '219.1.120.10.in-addr.arpa. PTR sto-wallet-07.greywater.example.', '4.1.120.10.in-addr.arpa. PTR cph-vault-06.greywater.example.', '60.1.120.10.in-addr.arpa. PTR lon-payments-14.greywater.example.', '75.1.120.10.in-addr.arpa. PTR sto-image-07.greywater.example.', '93.1.120.10.in-addr.arpa. PTR dub-invoice-16.greywater.example.', '97.1.120.10.in-addr.arpa. PTR vie-geo-15.greywater.example.']
    assert {key: ttls[key] for key in ['11.1.120.10.in-addr.arpa. PTR', '143.1.120.10.in-addr.arpa. PTR', '187.1.120.10.in-addr.arpa. PTR', '203.1.120.10.in-addr.arpa. PTR', '215.1.120.10.in-addr.arpa. PTR', '219.1.120.10.in-addr.arpa. PTR', '4.1.120.10.in-addr.arpa. PTR', '60.1.120.10.in-addr.arpa. PTR', '75.1.120.10.in-addr.arpa. PTR', '93.1.120.10.in-addr.arpa. PTR']} == {'215.1.120.10.in-addr.arpa. PTR': 1800, '60.1.120.10.in-addr.arpa. PTR': 1800, '219.1.120.10.in-addr.arpa. PTR': 7200, '187.1.120.10.in-addr.arpa. PTR': 1800, '75.1.120.10.in-addr.arpa. PTR': 1800, '203.1.120.10.in-addr.arpa. PTR': 1800, '4.1.120.10.in-addr.arpa. PTR': 7200, '143.1.120.10.in-addr.arpa. PTR': 1800, '11.1.120.10.in-addr.arpa. PTR': 3600, '93.1.120.10.in-addr.arpa. PTR': 3600}


@check('the zone 1.120.10.in-addr.arpa. has its new serial, and the rest is as it was')
def _():
    serial, found, ttls, other = zone('/app/zones/1.120.10.in-addr.arpa.zone')
    assert serial == 2024091606, serial
    assert sorted(other) == ['1.120.10.in-addr.arpa. NS ns1.anycast.example.', '1.120.10.in-addr.arpa. NS ns2.anycast.example.', '1.120.10.in-addr.arpa. SOA ns1.anycast.example. hostmaster.greywater.example. 7200 900 1209600 300'], other


@check('sound zones, inventory and policy are unchanged')
def _():
    for path, digest in {'/app/inventory.csv': '2d672f3d49b501ee565d0d64cb4cd5b02f4795477221ebc884b707be78972b17', '/app/POLICY.md': '25d6c7d512dbab9f75f4d6515292bd49f1002f3ed4c7cc96ea6cbcbdc77891fb', '/app/zones/4.120.10.in-addr.arpa.zone': 'e4aaca902cec6448c2a2a134cd6b89caf077f34fb51cbc855951cb9758c1ec77'}.items():
        assert sha256(path) == digest, path + " changed"

main()
