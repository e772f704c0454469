"""Verifier of dns-zone-migration: the zones as the policy makes them, and what had to go."""

import os
import sys

sys.path.insert(0, "/tests")

from checks import check, fail, json_file, main, sha256, text  # noqa: E402

UNTOUCHED = {
    "old/crew/crew.db": "99a20230f376722a9cb552d6ceeb15b01798d7fe69f49d0f2467c162d8de9e78",
    "old/harbour.db": "05c7afb28717253163c59b7cc4f5167eda3882f498792c323b1e494886c9cbc8",
    "old/inc/pool.inc": "27ed08089e2677fc2bb9d97a5482adea6464ef467b26a625ab678caaf93d9b3d",
    "old/inc/watch.inc": "a39fc30632c075737aa9dad581bb1872ff61592f6ca9246737d425bc1a271fca",
    "old/named.zones": "618a27e1f21366c0b87d80438fd46c47aa87221335cf8f7fac5e1019e1f594fb",
    "old/rev/192.0.2.db": "3a514e4922a732f30ae9ebe5334b85c2a527020f4c23a4f1c26f901733bb8142",
    "old/rev/2001-db8.db": "46fb7b6a42d976217afffa70cab9e38490dd070eaa35ed13b10df334104c863d",
    "plan.csv": "c77ab83c33b843a2771457a0ef427f45c52bfb6631e08814b1fc2964e44e2cb3",
    "policy.md": "5b2abe981d9f59587fd352d073bfb6613d59e5864968382df87c0cb6ed28f30e",
}
ZONES = {
    "100.51.198.in-addr.arpa": """\
100.51.198.in-addr.arpa. 86400 IN SOA ns1.harbour.example. hostmaster.harbour.example. 2026031600 14400 900 1209600 3600
100.100.51.198.in-addr.arpa. 3600 IN PTR node4.pool.harbour.example.
100.51.198.in-addr.arpa. 86400 IN NS ns.crew.example.
100.51.198.in-addr.arpa. 86400 IN NS ns1.harbour.example.
101.100.51.198.in-addr.arpa. 3600 IN PTR node5.pool.harbour.example.
102.100.51.198.in-addr.arpa. 3600 IN PTR node6.pool.harbour.example.
103.100.51.198.in-addr.arpa. 3600 IN PTR node7.pool.harbour.example.
104.100.51.198.in-addr.arpa. 3600 IN PTR node8.pool.harbour.example.
105.100.51.198.in-addr.arpa. 3600 IN PTR node9.pool.harbour.example.
106.100.51.198.in-addr.arpa. 3600 IN PTR node10.spare.pool.harbour.example.
125.100.51.198.in-addr.arpa. 3600 IN PTR crane1.dock.harbour.example.
162.100.51.198.in-addr.arpa. 86400 IN PTR crane2.dock.harbour.example.
166.100.51.198.in-addr.arpa. 300 IN PTR probe.harbour.example.
186.100.51.198.in-addr.arpa. 7200 IN PTR lobby.crew.example.
5.100.51.198.in-addr.arpa. 300 IN PTR voice.harbour.example.
6.100.51.198.in-addr.arpa. 7200 IN PTR badge.crew.example.
65.100.51.198.in-addr.arpa. 86400 IN PTR ns1.harbour.example.
66.100.51.198.in-addr.arpa. 7200 IN PTR ns.crew.example.
89.100.51.198.in-addr.arpa. 300 IN PTR mail.harbour.example.
90.100.51.198.in-addr.arpa. 300 IN PTR mail.harbour.example.
91.100.51.198.in-addr.arpa. 7200 IN PTR relay.crew.example.
97.100.51.198.in-addr.arpa. 3600 IN PTR node1.pool.harbour.example.
98.100.51.198.in-addr.arpa. 3600 IN PTR any.pool.harbour.example.
99.100.51.198.in-addr.arpa. 3600 IN PTR node3.pool.harbour.example.
""",
    "2.0.192.in-addr.arpa": """\
2.0.192.in-addr.arpa. 86400 IN SOA ns1.harbour.example. hostmaster.harbour.example. 2026031600 14400 900 1209600 3600
2.0.192.in-addr.arpa. 86400 IN NS ns.crew.example.
2.0.192.in-addr.arpa. 86400 IN NS ns1.harbour.example.
200.2.0.192.in-addr.arpa. 7200 IN PTR scanner.crew.example.
201.2.0.192.in-addr.arpa. 7200 IN PTR amy.staff.crew.example.
""",
    "8.b.d.0.1.0.0.2.ip6.arpa": """\
8.b.d.0.1.0.0.2.ip6.arpa. 3600 IN SOA ns1.harbour.example. hostmaster.harbour.example. 2026031602 14400 900 1209600 3600
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.0.0.f.8.b.d.0.1.0.0.2.ip6.arpa. 3600 IN PTR ns1.harbour.example.
5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.0.0.f.8.b.d.0.1.0.0.2.ip6.arpa. 3600 IN PTR mail.harbour.example.
7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.d.0.0.f.8.b.d.0.1.0.0.2.ip6.arpa. 86400 IN PTR node7.pool.harbour.example.
7.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.0.0.f.8.b.d.0.1.0.0.2.ip6.arpa. 60 IN PTR relay.crew.example.
8.b.d.0.1.0.0.2.ip6.arpa. 3600 IN NS ns1.harbour.example.
""",
    "crew.example": """\
crew.example. 86400 IN SOA ns.crew.example. root.crew.example. 2026031605 3600 900 1209600 300
alerts.crew.example. 3600 IN CNAME probe.crew.example.
amy.staff.crew.example. 7200 IN A 192.0.2.201
badge.crew.example. 7200 IN A 198.51.100.6
bob.staff.crew.example. 7200 IN TXT "on leave"
carl.staff.crew.example. 7200 IN CNAME bob.staff.crew.example.
chat.crew.example. 7200 IN CNAME front.crew.example.
copier.crew.example. 7200 IN A 192.0.2.200
crane.crew.example. 7200 IN CNAME crane3.dock.harbour.example.
crew.example. 300 IN MX 5 relay.crew.example.
crew.example. 7200 IN NS ns.crew.example.
crew.example. 7200 IN NS ns1.harbour.example.
dora.staff.crew.example. 7200 IN CNAME amy.staff.crew.example.
front.crew.example. 7200 IN A 198.51.100.186
home.crew.example. 7200 IN CNAME gate.dock.harbour.example.
lobby.crew.example. 7200 IN A 198.51.100.186
monitor.crew.example. 7200 IN CNAME probe.crew.example.
ns.crew.example. 7200 IN A 198.51.100.66
portal.crew.example. 7200 IN CNAME front.crew.example.
printer.crew.example. 7200 IN A 192.0.2.200
probe.crew.example. 7200 IN A 198.51.100.166
relay.crew.example. 60 IN AAAA 2001:db8:f00d::27
relay.crew.example. 7200 IN A 198.51.100.91
scanner.crew.example. 7200 IN A 192.0.2.200
talk.front.crew.example. 900 IN CNAME front.crew.example.
""",
    "harbour.example": """\
harbour.example. 3600 IN SOA ns1.harbour.example. hostmaster.harbour.example. 2026031600 7200 900 1209600 600
_sip._tcp.harbour.example. 300 IN SRV 10 60 5060 voice.harbour.example.
_xmpp._tcp.harbour.example. 300 IN SRV 5 0 5222 front.crew.example.
alerts.harbour.example. 3600 IN CNAME probe.harbour.example.
any.pool.harbour.example. 3600 IN A 198.51.100.97
any.pool.harbour.example. 3600 IN A 198.51.100.98
beta.harbour.example. 3600 IN CNAME node7.pool.harbour.example.
crane1.dock.harbour.example. 3600 IN A 198.51.100.125
crane2.dock.harbour.example. 86400 IN A 198.51.100.162
crane3.dock.harbour.example. 3600 IN TXT "to be scrapped"
dock.harbour.example. 3600 IN TXT "dock; services"
ftp.harbour.example. 300 IN A 203.0.113.9
gate.dock.harbour.example. 3600 IN TXT "gate keeper"
harbour.example. 3600 IN CAA 0 issue "ca.vendor.test"
harbour.example. 3600 IN MX 10 mail.harbour.example.
harbour.example. 3600 IN MX 20 relay.crew.example.
harbour.example. 3600 IN NS ns.crew.example.
harbour.example. 3600 IN NS ns1.harbour.example.
harbour.example. 3600 IN TXT "v=spf1 mx; -all" "Harbour Office"
imap.harbour.example. 1800 IN CNAME mail.harbour.example.
last.spare.pool.harbour.example. 3600 IN CNAME node10.spare.pool.harbour.example.
lift.dock.harbour.example. 3600 IN CNAME crane3.dock.harbour.example.
mail.harbour.example. 300 IN A 198.51.100.89
mail.harbour.example. 300 IN A 198.51.100.90
mail.harbour.example. 3600 IN AAAA 2001:db8:f00d::25
monitor.harbour.example. 300 IN CNAME probe.harbour.example.
node1.pool.harbour.example. 3600 IN A 198.51.100.97
node10.spare.pool.harbour.example. 3600 IN A 198.51.100.106
node2.pool.harbour.example. 3600 IN A 198.51.100.98
node3.pool.harbour.example. 3600 IN A 198.51.100.99
node4.pool.harbour.example. 3600 IN A 198.51.100.100
node5.pool.harbour.example. 3600 IN A 198.51.100.101
node6.pool.harbour.example. 3600 IN A 198.51.100.102
node7.pool.harbour.example. 3600 IN A 198.51.100.103
node7.pool.harbour.example. 86400 IN AAAA 2001:db8:f00d:7::7
node8.pool.harbour.example. 3600 IN A 198.51.100.104
node9.pool.harbour.example. 3600 IN A 198.51.100.105
ns1.harbour.example. 3600 IN AAAA 2001:db8:f00d::1
ns1.harbour.example. 86400 IN A 198.51.100.65
portal.harbour.example. 3600 IN CNAME front.crew.example.
probe.harbour.example. 300 IN A 198.51.100.166
shop.harbour.example. 3600 IN CNAME shops.vendor.test.
sip.harbour.example. 300 IN CNAME voice.harbour.example.
smtp.harbour.example. 3600 IN CNAME mail.harbour.example.
store.harbour.example. 7200 IN CNAME shops.vendor.test.
voice.harbour.example. 300 IN A 198.51.100.5
web-prod.harbour.example. 3600 IN CNAME node7.pool.harbour.example.
web.harbour.example. 3600 IN CNAME node7.pool.harbour.example.
www.harbour.example. 3600 IN CNAME node7.pool.harbour.example.
""",
}
REMOVED = {
    "1": [
        "bob.staff.crew.example. A",
        "crane3.dock.harbour.example. A",
        "fax-gw.harbour.example. A",
        "front.crew.example. AAAA",
        "node8.pool.harbour.example. AAAA",
        "old-ns.harbour.example. A",
        "voice2.harbour.example. A"
    ],
    "2": [
        "gate.dock.harbour.example. CNAME"
    ],
    "3": [
        "fax.harbour.example. CNAME",
        "loop.crew.example. CNAME",
        "scale.dock.harbour.example. CNAME",
        "sip2.harbour.example. CNAME",
        "spin.harbour.example. CNAME",
        "spinner.harbour.example. CNAME",
        "spun.harbour.example. CNAME",
        "wiki.crew.example. CNAME",
        "wiki2.crew.example. CNAME"
    ],
    "4": [
        "_sip._tcp.harbour.example. SRV",
        "harbour.example. MX",
        "harbour.example. NS"
    ]
}


def lines_of(zone):
    """The agent's file, and what it says in its lines."""
    found = text(f"/app/dns/new/{zone}.zone")
    return found, found.splitlines()


def same(zone, kinds):
    """Whether the records of some types are right; where not, the first difference is named."""
    def only(lines):
        return sorted(line for line in lines if line.split(" ")[3:4] and line.split(" ")[3] in kinds)

    wanted, found = only(ZONES[zone].splitlines()), only(lines_of(zone)[1])
    assert wanted or not found
    if wanted != found:
        different = sorted(set(wanted) ^ set(found)) or ["a record stands twice"]
        fail(f"{zone}: {different[0]}")


@check("the old files, the plan and the policy are untouched")
def _():
    for path, digest in UNTOUCHED.items():
        assert sha256(f"/app/dns/{path}") == digest, path
    found = {
        os.path.relpath(f"{folder}/{name}", "/app/dns")
        for folder, _, names in os.walk("/app/dns")
        for name in names
    }
    assert found == {*UNTOUCHED, "removed.json", *(f"new/{zone}.zone" for zone in ZONES)}
    assert os.listdir("/app") == ["dns"]


@check("the addresses are the new ones")
def _():
    for zone in ("harbour.example", "crew.example"):
        same(zone, {"A", "AAAA"})


@check("the CNAMEs go straight to the end of their chains")
def _():
    for zone in ("harbour.example", "crew.example"):
        same(zone, {"CNAME"})


@check("name servers, mail servers and services have targets that exist")
def _():
    for zone in ZONES:
        same(zone, {"NS"})
    for zone in ("harbour.example", "crew.example"):
        same(zone, {"MX", "SRV"})


@check("serials and start of authority are right")
def _():
    for zone in ZONES:
        same(zone, {"SOA"})


@check("texts and other data are kept")
def _():
    for zone in ("harbour.example", "crew.example"):
        same(zone, {"TXT", "CAA"})


@check("every address has the one pointer that the policy gives it")
def _():
    for zone in ("2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"):
        same(zone, {"PTR"})


@check("the files are in the form that the new server wants, to the byte")
def _():
    for zone, wanted in ZONES.items():
        assert lines_of(zone)[0] == wanted, zone


@check("the records that had no new address are listed")
def _():
    assert json_file("/app/dns/removed.json")["1"] == REMOVED["1"]


@check("the CNAMEs that went are listed by step")
def _():
    found = json_file("/app/dns/removed.json")
    assert found["2"] == REMOVED["2"] and found["3"] == REMOVED["3"]


@check("the targets that went are listed, and nothing else is")
def _():
    assert json_file("/app/dns/removed.json") == REMOVED


main()
