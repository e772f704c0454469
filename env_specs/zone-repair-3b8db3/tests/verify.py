"""Verifier of zone-repair-3b8db3. Run by test.sh; the checks' helpers are documented in checks.py."""

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
    assert lines('/app/changes.csv') == ['zone,name,type,old,new', '3.35.10.in-addr.arpa,104.3.35.10.in-addr.arpa.,PTR,lis-payments-06.dunmere.example.,prg-identity-08.dunmere.example.', '3.35.10.in-addr.arpa,139.3.35.10.in-addr.arpa.,PTR,,osl-cache-16.dunmere.example.', '3.35.10.in-addr.arpa,2.3.35.10.in-addr.arpa.,PTR,tll-stock-13.dunmere.example.,', '3.35.10.in-addr.arpa,254.3.35.10.in-addr.arpa.,PTR,prg-docs-01.dunmere.example.,', '3.35.10.in-addr.arpa,42.3.35.10.in-addr.arpa.,PTR,,tll-stock-13.dunmere.example.', 'dunmere.example,checkout.dunmere.example.,CNAME,,rig-media-18.dunmere.example.', 'dunmere.example,hel-invoice-08.dunmere.example.,A,10.35.3.253,', 'dunmere.example,mail.dunmere.example.,CNAME,tll-stock-13.dunmere.example.,hel-transit-04.dunmere.example.', 'dunmere.example,prg-docs-01.dunmere.example.,A,10.35.3.254,', 'dunmere.example,sto-auth-01.dunmere.example.,A,,10.35.3.81', 'dunmere.example,tll-stock-13.dunmere.example.,A,10.35.3.2,10.35.3.42']


@check('the zone dunmere.example. says what the inventory says')
def _():
    serial, found, ttls, other = zone('/app/zones/dunmere.example.zone')
    assert sorted(found) == ['billing.dunmere.example. CNAME fra-geo-17.dunmere.example.', 'checkout.dunmere.example. CNAME rig-media-18.dunmere.example.', 'dub-tickets-13.dunmere.example. A 10.35.3.163', 'fra-geo-17.dunmere.example. A 10.35.1.38', 'hel-transit-04.dunmere.example. A 10.35.1.109', 'lis-catalog-14.dunmere.example. A 10.35.3.198', 'lon-api-07.dunmere.example. A 10.35.1.172', 'mail.dunmere.example. CNAME hel-transit-04.dunmere.example.', 'osl-cache-16.dunmere.example. A 10.35.3.139', 'osl-transit-03.dunmere.example. A 10.35.1.177', 'prg-identity-08.dunmere.example. A 10.35.3.104', 'report.dunmere.example. CNAME lis-catalog-14.dunmere.example.', 'rig-export-14.dunmere.example. A 10.35.3.135', 'rig-media-18.dunmere.example. A 10.35.1.37', 'sto-auth-01.dunmere.example. A 10.35.3.81', 'tll-report-16.dunmere.example. A 10.35.1.129', 'tll-stock-13.dunmere.example. A 10.35.3.42']
    assert {key: ttls[key] for key in ['billing.dunmere.example. CNAME', 'dub-tickets-13.dunmere.example. A', 'fra-geo-17.dunmere.example. A', 'hel-transit-04.dunmere.example. A', 'lis-catalog-14.dunmere.example. A', 'lon-api-07.dunmere.example. A', 'osl-cache-16.dunmere.example. A', 'osl-transit-03.dunmere.example. A', 'prg-identity-08.dunmere.example. A', 'report.dunmere.example. CNAME', 'rig-export-14.dunmere.example. A', 'rig-media-18.dunmere.example. A', 'tll-report-16.dunmere.example. A']} == {'lon-api-07.dunmere.example. A': 1800, 'tll-report-16.dunmere.example. A': 1800, 'prg-identity-08.dunmere.example. A': 1800, 'fra-geo-17.dunmere.example. A': 7200, 'dub-tickets-13.dunmere.example. A': 300, 'osl-transit-03.dunmere.example. A': 7200, 'hel-transit-04.dunmere.example. A': 1800, 'osl-cache-16.dunmere.example. A': 1800, 'rig-media-18.dunmere.example. A': 1800, 'rig-export-14.dunmere.example. A': 1800, 'lis-catalog-14.dunmere.example. A': 1800, 'report.dunmere.example. CNAME': 1800, 'billing.dunmere.example. CNAME': 7200}


@check('the zone dunmere.example. has its new serial, and the rest is as it was')
def _():
    serial, found, ttls, other = zone('/app/zones/dunmere.example.zone')
    assert serial == 2024050204, serial
    assert sorted(other) == ['dunmere.example. MX 10 mx1.mailhub.example.', 'dunmere.example. NS ns1.anycast.example.', 'dunmere.example. NS ns2.anycast.example.', 'dunmere.example. SOA ns1.anycast.example. hostmaster.dunmere.example. 7200 900 1209600 300', 'dunmere.example. TXT "v=spf1 include:mailhub.example -all"', 'lab.dunmere.example. NS ns1.lab-dns.example.'], other


@check('the zone 3.35.10.in-addr.arpa. says what the inventory says')
def _():
    serial, found, ttls, other = zone('/app/zones/3.35.10.in-addr.arpa.zone')
    assert sorted(found) == ['104.3.35.10.in-addr.arpa. PTR prg-identity-08.dunmere.example.', '135.3.35.10.in-addr.arpa. PTR rig-export-14.dunmere.example.', '139.3.35.10.in-addr.arpa. PTR osl-cache-16.dunmere.example.', '163.3.35.10.in-addr.arpa. PTR dub-tickets-13.dunmere.example.', '198.3.35.10.in-addr.arpa. PTR lis-catalog-14.dunmere.example.', '42.3.35.10.in-addr.arpa. PTR tll-stock-13.dunmere.example.', '81.3.35.10.in-addr.arpa. PTR sto-auth-01.dunmere.example.']
    assert {key: ttls[key] for key in ['135.3.35.10.in-addr.arpa. PTR', '163.3.35.10.in-addr.arpa. PTR', '198.3.35.10.in-addr.arpa. PTR', '81.3.35.10.in-addr.arpa. PTR']} == {'81.3.35.10.in-addr.arpa. PTR': 7200, '163.3.35.10.in-addr.arpa. PTR': 7200, '135.3.35.10.in-addr.arpa. PTR': 1800, '198.3.35.10.in-addr.arpa. PTR': 1800}


@check('the zone 3.35.10.in-addr.arpa. has its new serial, and the rest is as it was')
def _():
    serial, found, ttls, other = zone('/app/zones/3.35.10.in-addr.arpa.zone')
    assert serial == 2024050200, serial
    assert sorted(other) == ['3.35.10.in-addr.arpa. NS ns1.anycast.example.', '3.35.10.in-addr.arpa. NS ns2.anycast.example.', '3.35.10.in-addr.arpa. SOA ns1.anycast.example. hostmaster.dunmere.example. 7200 900 1209600 300'], other


@check('sound zones, inventory and policy are unchanged')
def _():
    for path, digest in {'/app/inventory.csv': '7cd44efad9d3cc7616684731cf5979da8ee36663412b6a91db6dbe3f7ede003b', '/app/POLICY.md': 'd6cfae41e416c736c9cea0caf6461a370ac084675fc97d7ce56dae98ca5fe530', '/app/zones/1.35.10.in-addr.arpa.zone': '1bccaeb361d4e1570b875b542999761fe2e6ab6248b9a28c9ee9ffb71872b72b'}.items():
        assert sha256(path) == digest, path + " changed"

main()
