"""Verifier of firewall-log-audit: what the rules decide is computed over every packet there can be."""

import ipaddress
import os
import re
import sys

sys.path.insert(0, "/tests")

from checks import check, fail, json_file, lines, main, sha256, text  # noqa: E402

UNTOUCHED = {
    "SYNTAX.md": "163661e7a9dd4711502f547b4b332e9eeb21566f81df7abc0f439c740444f42c",
    "packets.log": "62c3786485bcfed17ca28e404cfe67215bc70e9469939828fc6ca43f188948a1",
    "rules.d/mail.fw": "c59bc8d0a050285cd43512165ec2c49685ae6a2e4abeebf485709b74e0e38bf7",
    "rules.d/services.fw": "447db4a2c20fe4cacd37f948cd455c31a8bc3018c8d6d6e087762033f9264077",
    "rules.fw": "c7163cdf7ecf50993e76cd5e3289defcacdd9ad6c38b6f68eca0cd8d9e69e1b2",
    "tickets.md": "60beb95d137e5f44be88ac8b35dfc05946f269f598b34c6966f1e8d44f092ac8",
}
HITS = """rule,packets
R010,80
R020,59
R030,27
R040,24
R050,94
R060,0
R100,110
R110,110
R120,0
R130,0
R140,36
R150,140
R200,107
R210,0
R220,12
R230,12
R240,0
R250,56
R260,1
R300,42
R310,46
R320,0
R330,62
R340,222
R350,7
R360,0
R400,35
R410,26
R420,0
R430,53
R440,23
R450,54
R460,2
R470,8
R480,2
R490,71
R500,28
default,1857
state,577
"""
WRONG = [251, 454, 594, 613, 661, 1887, 2570, 2803, 3727, 3739, 3889]
DEAD = {
    "R060": "same",
    "R120": "conflict",
    "R130": "same",
    "R210": "same",
    "R240": "same",
    "R320": "same",
    "R360": "conflict",
    "R420": "conflict"
}
REDUNDANT = ["R030", "R150", "R220", "R440", "R460", "R480", "R490", "R500"]
MAX_RULES = 23
# The old rules in one piece, with the tickets put before them, the highest number first.
WANTED = """
group bogons   = 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4
group office   = 10.1.0.0/16
group printers = 10.1.7.0/24
group staff    = office except printers
group vpn      = 10.8.0.0/16
group partners = 10.9.0.0/20
group inside   = office, vpn, partners
group servers  = 10.2.0.0/22
group web      = 10.2.0.16/28
group app      = 10.2.0.64/27
group db       = 10.2.1.0/27
group payroll  = 10.2.2.40-10.2.2.47
group dmz      = 172.20.0.0/24
ports admin    = 22, 3389, 5900-5910
ports websites = 80, 443
group mailgw = 172.20.0.25, 172.20.0.26
ports mailin = 25, 465, 587
ports fetch  = 110, 143, 993, 995
group time = 10.2.0.6, 10.2.0.7
rule R010 deny  any  from bogons to any
rule T6 allow tcp from 10.1.20.0/24 to payroll port 443
rule T5 allow any from inside to 10.2.0.5 port 53
rule T4a allow tcp from partners to app port 8443
rule T4b deny any from partners to servers
rule T3 deny tcp from any to mailgw port 110, 143
rule T2a allow tcp from 10.1.3.77 to web port 80, 443
rule T2b deny any from 10.1.3.77 to any
rule T1 allow tcp from app to 10.2.1.32-10.2.1.39 port 5432, 6432
rule R020 allow icmp from office, vpn to servers, dmz
rule R030 deny  tcp  from partners to payroll
rule R040 allow tcp  from partners to app port 443, 8443
rule R050 allow tcp  from staff to web, app port websites
rule R060 allow tcp  from 10.1.3.0/24 to web port 443
rule R100 allow tcp  from any to mailgw port mailin
rule R110 allow tcp  from inside except printers to mailgw port fetch
rule R120 deny  tcp  from partners to mailgw port 25
rule R130 allow tcp  from vpn to mailgw port 993, 995
rule R140 allow tcp  from mailgw to any port 25
rule R150 deny  any  from mailgw to inside
rule R200 allow tcp  from staff, vpn to servers except payroll port admin
rule R210 allow tcp  from 10.1.3.77 to 10.2.0.0/24 port 22
rule R220 deny  tcp  from vpn to 10.2.0.0/22 port 5900-5905
rule R230 allow tcp  from app to db port 5432, 6432
rule R240 allow tcp  from 10.2.0.72 to 10.2.1.8 port 5432
rule R250 deny  any  from any to payroll except 10.2.2.47
rule R260 allow tcp  from 10.1.20.0/24 to payroll port 443
rule R300 allow udp  from inside to 10.2.0.5 port 53
rule R310 allow udp  from inside, servers to time port 123
rule R320 allow udp  from printers to 10.2.0.6 port 123
rule R330 allow tcp  from printers to 10.2.3.10 port 9100-9107
rule R340 deny  any  from printers to any
rule R350 allow tcp  from office to 172.20.0.80 port websites, 8080
rule R360 allow tcp  from 10.1.7.128/25 to 172.20.0.80 port 443
rule R400 allow tcp  from any to 10.2.0.16-10.2.0.23 port 80
rule R410 allow tcp  from any to 10.2.0.24-10.2.0.31 port 80
rule R420 allow tcp  from office to web port 80
rule R430 allow udp  from vpn to servers port 4500-4510
rule R440 deny  udp  from vpn to 10.2.3.0/24 port 4505-4520
rule R450 allow any  from servers to dmz except 172.20.0.128/25
rule R460 deny  any  from app to dmz
rule R470 allow any  from 10.2.3.200 to servers
rule R480 deny  tcp  from 10.2.3.0/24 to db port 5432
rule R490 deny  icmp from any to any
rule R500 deny  any  from partners to dmz
default deny
"""
EVERYTHING = [(0, 2**32 - 1)]


def union(parts):
    out = []
    for low, high in sorted(parts):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


def minus(have, without):
    for low, high in without:
        pieces = [part for a, b in have for part in ((a, min(b, low - 1)), (max(a, high + 1), b))]
        have = [(a, b) for a, b in pieces if a <= b]
    return have


class RuleSet:
    """A rule file without includes, its addresses and ports as intervals."""

    def __init__(self, source):
        self.groups, self.ports, self.rules, self.default = {}, {}, [], None
        for line in source.splitlines():
            line = line.partition("#")[0].strip()
            if line:
                self.statement(line)
        if self.default is None:
            fail("there is no default")
        names = [rule[0] for rule in self.rules]
        assert len(set(names)) == len(names), "two rules have the same name"

    def statement(self, line):
        if found := re.fullmatch(r"(group|ports)\s+(\w[\w-]*)\s*=\s*(.+)", line):
            kind, name, rest = found.groups()
            if kind == "group":
                self.groups[name] = self.who(rest)
            else:
                self.ports[name] = self.port_set(rest)
        elif found := re.fullmatch(
            r"rule\s+(\w[\w-]*)\s+(allow|deny)\s+(tcp|udp|icmp|any)\s+from\s+(.+?)\s+to\s+(.+?)"
            r"(?:\s+port\s+(.+))?",
            line,
        ):
            name, action, protocol, source, target, ports = found.groups()
            ports = self.port_set(ports) if ports else None
            self.rules.append(
                (name, action, protocol, self.who(source), self.who(target), ports)
            )
        elif found := re.fullmatch(r"default\s+(allow|deny)", line):
            self.default = found[1]
        else:
            fail(f"not a statement of the syntax: {line[:80]}")

    def who(self, words):
        members, *without = re.split(r"\s+except\s+", words.strip())
        if len(without) > 1:
            fail(f"two excepts: {words[:80]}")
        have = union([part for one in members.split(",") for part in self.member(one.strip())])
        return minus(have, self.who(without[0])) if without else have

    def member(self, word):
        if word in self.groups:
            return self.groups[word]
        if word == "any":
            return EVERYTHING
        try:
            if "-" in word:
                first, last = (int(ipaddress.IPv4Address(end.strip())) for end in word.split("-"))
                assert first <= last, word
                return [(first, last)]
            network = ipaddress.IPv4Network(word)
        except ValueError:
            fail(f"not a member: {word[:80]}")
        return [(int(network[0]), int(network[-1]))]

    def port_set(self, words):
        parts = []
        for word in (one.strip() for one in words.split(",")):
            if word in self.ports:
                parts += self.ports[word]
            elif found := re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", word):
                low, high = int(found[1]), int(found[2] or found[1])
                assert low <= high <= 65535, word
                parts.append((low, high))
            else:
                fail(f"not a port: {word[:80]}")
        return union(parts)


def starts(sets):
    """A value out of every interval in which none of the sets changes."""
    edges = {0} | {edge for one in sets for low, high in one for edge in (low, high + 1)}
    return sorted(edges)


def within(intervals, value):
    return any(low <= value <= high for low, high in intervals)


def difference(one, other):
    """A packet on which two rule sets disagree, or None."""
    rules = one.rules + other.rules
    sources = [v for v in starts([rule[3] for rule in rules]) if v < 2**32]
    targets = [v for v in starts([rule[4] for rule in rules]) if v < 2**32]
    ports = [v for v in starts([rule[5] for rule in rules if rule[5]]) if v <= 65535]
    assert len(sources) * len(targets) * len(ports) < 10**7, "too many different addresses"
    masks = {}

    def mask(intervals):
        key = tuple(intervals)
        if key not in masks:
            masks[key] = sum(1 << i for i, v in enumerate(targets) if within(intervals, v))
        return masks[key]

    def allowed(rule_set, protocol, port):
        fit = [
            rule
            for rule in rule_set.rules
            if rule[2] in ("any", protocol)
            and (rule[5] is None or (port is not None and within(rule[5], port)))
        ]
        for source in sources:
            left, through = (1 << len(targets)) - 1, 0
            for _, action, _, who, target, _ in fit:
                if within(who, source):
                    through |= mask(target) & left if action == "allow" else 0
                    left &= ~mask(target)
            yield through | (left if rule_set.default == "allow" else 0)

    for protocol, port in [("icmp", None), *((p, q) for p in ("tcp", "udp") for q in ports)]:
        pairs = zip(sources, allowed(one, protocol, port), allowed(other, protocol, port))
        for source, first, second in pairs:
            if first != second:
                target = targets[((first ^ second) & -(first ^ second)).bit_length() - 1]
                ends = [str(ipaddress.IPv4Address(end)) for end in (source, target)]
                return f"{protocol} {ends[0]} to {ends[1]} port {port}"
    return None


def fixed():
    return RuleSet(text("/app/fw/audit/fixed.fw", 1 << 16))


def known(names):
    """Lines of the table of hits for some rules."""
    return {line.split(",")[0]: line.split(",")[1] for line in names}


@check("rules, tickets and log are untouched, and the audit holds the four files")
def _():
    for path, digest in UNTOUCHED.items():
        assert sha256(f"/app/fw/{path}") == digest, path
    found = {
        os.path.relpath(f"{folder}/{name}", "/app/fw")
        for folder, _, names in os.walk("/app/fw")
        for name in names
    }
    audit = ["fixed.fw", "hits.csv", "rules.json", "wrong.txt"]
    assert found == {*UNTOUCHED, *(f"audit/{name}" for name in audit)}


@check("the hits of the rules are right")
def _():
    found = known(lines("/app/fw/audit/hits.csv"))
    for name, count in known(HITS.split()).items():
        assert name == "state" or found.get(name) == count, name


@check("the packets of known connections are counted")
def _():
    assert known(lines("/app/fw/audit/hits.csv"))["state"] == known(HITS.split())["state"]


@check("the table is complete and in order")
def _():
    assert lines("/app/fw/audit/hits.csv") == HITS.split()


@check("the packets that the box treated wrongly are found")
def _():
    assert lines("/app/fw/audit/wrong.txt") == [str(number) for number in WRONG]


@check("the dead rules are found")
def _():
    assert sorted(json_file("/app/fw/audit/rules.json")["dead"]) == sorted(DEAD)


@check("what the dead rules wanted is told apart")
def _():
    assert json_file("/app/fw/audit/rules.json")["dead"] == DEAD


@check("the redundant rules are found")
def _():
    found = json_file("/app/fw/audit/rules.json")
    assert found["redundant"] == REDUNDANT and sorted(found) == ["dead", "redundant"]


@check("the new rule set is in the syntax and small enough")
def _():
    assert 0 < len(fixed().rules) <= MAX_RULES, len(fixed().rules)


@check("the new rule set does what was asked, for every packet there can be")
def _():
    problem = difference(RuleSet(WANTED), fixed())
    assert problem is None, problem


main()
